internal import Synchronization

/// Where listings go on: the markers that the service gave with the pages that were shown last.
final class ListMarkers: Sendable {
  struct Place: Hashable {
    var container: String
    var prefix: String
    var delimiter: String
    /// The last name that was shown.
    var after: String
  }
  private let markers = Mutex<[Place: String]>([:])
  /// Beyond so many all are forgotten: it costs a walk, no more.
  private static let limit = 4_096

  subscript(place: Place) -> String? { markers.withLock { $0[place] } }

  func remember(_ marker: String, at place: Place) {
    markers.withLock { markers in
      if markers.count >= ListMarkers.limit { markers.removeAll(keepingCapacity: true) }
      markers[place] = marker
    }
  }
}
