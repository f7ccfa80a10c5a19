internal import NIOCore
internal import Synchronization

/// Responses by operation and status, of all event loops. Any thread may read.
public final class S3Counters: Sendable {
  private let lanes = Mutex<[ObjectIdentifier: Lane]>([:])

  public init() {}

  /// The lane of an event loop, made when it is first asked for.
  func lane(of loop: any EventLoop) -> Lane {
    lanes.withLock { lanes in
      if let lane = lanes[ObjectIdentifier(loop)] { return lane }
      let lane = Lane()
      lanes[ObjectIdentifier(loop)] = lane
      return lane
    }
  }

  /// Responses by operation (`get-object`, say) and by the status's first digit; those that occurred.
  public var requests: [(operation: String, statusClass: Int, count: UInt64)] {
    let lanes = lanes.withLock { Array($0.values) }
    var list: [(operation: String, statusClass: Int, count: UInt64)] = []
    for operation in S3Operation.allCases {
      for statusClass in 1...5 {
        let count = lanes.reduce(0) { $0 + $1.count(operation, statusClass) }
        if count > 0 { list.append((operation.name, statusClass, count)) }
      }
    }
    return list
  }

  /// The counters of one event loop, which alone writes them.
  final class Lane: Sendable {
    private let cells: [Cell] = (0..<(S3Operation.allCases.count * 6)).map { _ in Cell() }

    private final class Cell: Sendable {
      let count = Atomic<UInt64>(0)
    }

    private func cell(_ operation: S3Operation, _ statusClass: Int) -> Cell {
      cells[operation.rawValue * 6 + statusClass]
    }

    func count(_ operation: S3Operation, status: Int) {
      let cell = cell(operation, status / 100)
      cell.count.store(cell.count.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    fileprivate func count(_ operation: S3Operation, _ statusClass: Int) -> UInt64 {
      cell(operation, statusClass).count.load(ordering: .relaxed)
    }
  }
}
