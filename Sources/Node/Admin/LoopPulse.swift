public import NIOCore
internal import Synchronization

/// Finds event loops that no longer run: each stamps the time every second, and one whose stamp is
/// older than `patience` is wedged.
public final class LoopPulse: Sendable {
  private final class Beat: Sendable { let last = Atomic<UInt64>(0) }

  private let loops: [any EventLoop]
  private let beats: [Beat]
  private let patience: TimeAmount
  private let tasks = Mutex<[RepeatedTask]>([])

  /// Starts at once; end it with `stop`.
  public init(_ loops: [any EventLoop], patience: TimeAmount = .seconds(30)) {
    self.loops = loops
    self.patience = patience
    beats = loops.map { _ in Beat() }
    for (loop, beat) in zip(loops, beats) {
      Self.stamp(beat)
      let task = loop.scheduleRepeatedTask(initialDelay: .zero, delay: .seconds(1)) { _ in
        Self.stamp(beat)
      }
      tasks.withLock { $0.append(task) }
    }
  }

  private static func stamp(_ beat: Beat) {
    beat.last.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
  }

  public func stop() {
    for task in tasks.withLock({ $0 }) { task.cancel() }
  }

  /// A sentence for each loop that is wedged.
  public var complaints: [String] {
    let now = NIODeadline.now().uptimeNanoseconds
    return beats.enumerated().compactMap { index, beat in
      let last = beat.last.load(ordering: .relaxed)
      guard now > last, now - last > UInt64(patience.nanoseconds) else { return nil }
      return "event loop \(index) has not run for \((now - last) / 1_000_000_000) s"
    }
  }
}
