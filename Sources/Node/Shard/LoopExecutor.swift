internal import NIOCore

/// Runs tasks on an event loop (Swift Evolution SE-0417).
///
/// A read of the origin is a dozen short steps between what the loop's own sockets bring: on the
/// threads of Swift's pool every one of them would wake another thread and come back. Nothing that
/// blocks may run here.
final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
