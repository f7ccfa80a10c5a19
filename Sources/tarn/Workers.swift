import Foundation
import Synchronization

/// Independent pieces of work on a few threads.
enum Workers {
  /// Calls `body` with 0 ..< `count`, `jobs` at a time, in ascending order of start. The first error
  /// ends it: what has started goes on, nothing else starts.
  static func run(_ count: Int, jobs: Int, _ body: @Sendable (Int) throws -> Void) throws {
    if jobs == 1 || count < 2 {
      for index in 0..<count { try body(index) }
      return
    }
    let next = Atomic<Int>(0)
    let failure = Mutex<(any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: min(jobs, count)) { _ in
      while failure.withLock({ $0 == nil }) {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        do { try body(index) } catch { failure.withLock { if $0 == nil { $0 = error } } }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
