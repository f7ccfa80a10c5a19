internal import Glibc
internal import NIOPosix

/// Transfers by `pread` and `pwrite` on a few threads, for kernels that refuse io_uring. The number
/// of threads bounds the depth of the device's queue.
final class ThreadEngine: FlashEngine {
  static let threads = 16

  let name = "\(ThreadEngine.threads) threads"
  private let pool = NIOThreadPool(numberOfThreads: ThreadEngine.threads)
  private let ends: FlashEnds

  init(ends: FlashEnds) {
    self.ends = ends
    pool.start()
  }

  func start(_ transfer: FlashTransfer) {
    pool.submit { [ends] _ in
      Self.run(transfer)
      ends.deliver(transfer)
    }
  }

  private static func run(_ transfer: FlashTransfer) {
    if let before = transfer.before { transfer.error = before(transfer) }
    guard transfer.error == 0 else { return }
    if transfer.kind != .work {
      while !transfer.advance(step(transfer)) {}
    }
    if transfer.error == 0 { transfer.after?(transfer) }
  }

  private static func step(_ transfer: FlashTransfer) -> Int {
    let rest = transfer.rest
    let offset = transfer.offset + transfer.transferred
    let count =
      transfer.kind == .read
      ? pread(transfer.file, rest.baseAddress, rest.count, offset)
      : pwrite(transfer.file, rest.baseAddress, rest.count, offset)
    return count < 0 ? -Int(errno) : count
  }

  func stop() async { try? await pool.shutdownGracefully() }
}
