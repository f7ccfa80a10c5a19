internal import Synchronization

/// The buckets that a server was seen to have: HEAD of an object answers 404 whether the object is
/// missing or its bucket, with no body that could tell, and only a bucket that was not seen lately is
/// asked for itself.
final class S3Buckets: Sendable {
  /// How long one that was seen is believed to be there.
  private static let trustSeconds: Int64 = 60
  /// Buckets that are remembered; beyond it all are forgotten, which costs a request for each.
  private static let capacity = 1_024
  private let seen = Mutex<[String: Int64]>([:])

  /// The bucket is there.
  func note(_ bucket: String, now: Int64 = HTTPDate.now()) {
    seen.withLock { seen in
      if seen[bucket] == nil, seen.count >= Self.capacity { seen.removeAll(keepingCapacity: true) }
      seen[bucket] = now
    }
  }

  /// Whether the bucket was there a moment ago.
  func wasSeen(_ bucket: String, now: Int64 = HTTPDate.now()) -> Bool {
    seen.withLock { $0[bucket] }.map { now - $0 < Self.trustSeconds } ?? false
  }
}
