import Hummingbird
import NIOCore
import NIOPosix
import Payloads

/// Hummingbird 2 with a route for each payload, on one event loop.
///
/// With the argument `on-loop` its tasks run on the event loop too, instead of on the threads of Swift's
/// concurrency: no request changes threads.
@main
struct HummingbirdServer {
  static func main() async throws {
    let payloads = try Payloads(arguments: CommandLine.arguments)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let router = Router()
    for (path, payload) in payloads.byPath {
      router.get(RouterPath(path)) { _, _ in
        Response(
          status: .ok, headers: [.contentType: "application/octet-stream"],
          body: ResponseBody(byteBuffer: payload))
      }
    }
    let application = Application(
      router: router,
      configuration: ApplicationConfiguration(
        address: .hostname("127.0.0.1", port: payloads.port), serverName: "hummingbird",
        backlog: 4096),
      eventLoopGroupProvider: .shared(group))
    guard CommandLine.arguments.contains("on-loop") else {
      return try await application.runService()
    }
    try await withTaskExecutorPreference(LoopExecutor(group.next())) {
      try await application.runService()
    }
  }
}

/// Runs tasks on an event loop.
private final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop
  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
