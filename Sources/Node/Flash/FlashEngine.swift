internal import NIOCore
internal import Glibc
internal import Synchronization

/// One read or write of whole pages, or a piece of work that has no place on the event loop.
///
/// The event loop makes it, an engine carries it out on other threads, and the event loop gets it
/// back; it has one user at a time.
final class FlashTransfer: @unchecked Sendable {
  enum Kind: Sendable { case read, write, work }

  let kind: Kind
  let file: CInt
  let offset: Int
  /// Memory of the transfer; `before` may set it.
  var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// Bytes that were transferred so far.
  var transferred = 0
  /// 0, or the errno with which it failed.
  var error: CInt = 0
  /// Runs ahead of the transfer, off the event loop. What it fails with becomes `error`.
  var before: ((FlashTransfer) -> CInt)?
  /// Runs after a transfer that succeeded, off the event loop.
  var after: ((FlashTransfer) -> Void)?
  /// Runs on the event loop, once.
  let end: (FlashTransfer) -> Void

  init(_ kind: Kind, file: CInt, offset: Int, end: @escaping (FlashTransfer) -> Void) {
    self.kind = kind
    self.file = file
    self.offset = offset
    self.end = end
  }

  /// What is left to transfer.
  var rest: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: bytes[transferred...])
  }

  /// Takes note of what the system said of one call: bytes, or a negative errno. True if the
  /// transfer is over.
  func advance(_ result: Int) -> Bool {
    if result == -Int(EINTR) || result == -Int(EAGAIN) { return false }
    guard result > 0 else {
      // A read beyond the file's end: the block can't be there.
      error = result == 0 ? EIO : CInt(-result)
      return true
    }
    transferred += result
    return transferred >= bytes.count
  }
}

/// Carries out transfers. `start` never blocks; ends come on the event loop, later, in batches.
protocol FlashEngine: AnyObject, Sendable {
  /// For people: which way to the device.
  var name: String { get }
  func start(_ transfer: FlashTransfer)
  /// Frees the engine's threads. Call it when nothing is under way.
  func stop() async
}

/// Brings ended transfers back to the event loop, many at a time.
final class FlashEnds: Sendable {
  private let loop: any EventLoop
  private let ended = Mutex<[FlashTransfer]>([])

  init(loop: any EventLoop) { self.loop = loop }

  /// From any thread.
  func deliver(_ transfer: FlashTransfer) {
    let isFirst = ended.withLock {
      $0.append(transfer)
      return $0.count == 1
    }
    if isFirst { loop.execute { self.handOut() } }
  }

  private func handOut() {
    let batch = ended.withLock {
      let batch = $0
      $0.removeAll(keepingCapacity: true)
      return batch
    }
    for transfer in batch { transfer.end(transfer) }
  }
}
