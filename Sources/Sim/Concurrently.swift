import Dispatch
import Synchronization

/// Calls `body` with 0 ..< `count` on a few threads, in ascending order of start. The first error ends
/// it: what has started goes on, nothing else starts.
func concurrently(
  _ count: Int, threads: Int, _ body: @Sendable (Int) throws -> Void
) throws {
  if threads == 1 || count < 2 {
    for index in 0..<count { try body(index) }
    return
  }
  let next = Atomic<Int>(0)
  let failure = Mutex<(any Error)?>(nil)
  DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
    while failure.withLock({ $0 == nil }) {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      do { try body(index) } catch { failure.withLock { if $0 == nil { $0 = error } } }
    }
  }
  if let error = failure.withLock({ $0 }) { throw error }
}
