internal import CKernel
internal import Dispatch
internal import Glibc
internal import NIOPosix
internal import Synchronization

/// Transfers by io_uring.
///
/// The ring belongs to one thread: it hands requests to the kernel, sleeps in the kernel, and takes
/// the ends. So the event loop never waits for the block layer, which may be busy for a while with a
/// large request. The loop wakes the thread through an eventfd that the ring itself reads. Checksums
/// of large blocks and compression run on two more threads.
final class RingEngine: FlashEngine {
  /// Transfers at the device at once; more wait in line.
  static let depth = 64
  /// What is checked by the ring's own thread; larger blocks would keep others waiting.
  static let smallBytes = 64 << 10

  let name = "io_uring"
  private let shared: Shared
  private let thread = NIOThreadPool(numberOfThreads: 1)
  private let workers = NIOThreadPool(numberOfThreads: 2)

  /// `apart` for files that are not open with O_DIRECT: the kernel would copy in the ring's thread.
  init(ends: FlashEnds, apart: Bool) throws(FlashError) {
    let bell = tarn_bell()
    guard bell >= 0 else { throw .noRing(code: errno) }
    shared = Shared(ends: ends, bell: bell, workers: workers)
    thread.start()
    workers.start()
    let failed = Mutex<CInt>(0)
    let opened = DispatchSemaphore(value: 0)
    thread.submit { [shared] _ in
      var ring: OpaquePointer?
      let code = -tarn_ring_open(CUnsignedInt(Self.depth + 1), &ring)
      failed.withLock { $0 = code }
      opened.signal()
      guard let ring else { return }
      var rounds = RingRounds(ring: ring, shared: shared, apart: apart)
      rounds.run()
      tarn_ring_close(ring)
    }
    opened.wait()
    let code = failed.withLock { $0 }
    if code != 0 {
      thread.shutdownGracefully { _ in }
      workers.shutdownGracefully { _ in }
      close(bell)
      throw .noRing(code: code)
    }
  }

  func start(_ transfer: FlashTransfer) {
    guard transfer.before != nil else { return shared.enqueue(transfer) }
    workers.submit { [shared] _ in
      if let before = transfer.before { transfer.error = before(transfer) }
      if transfer.error != 0 || transfer.kind == .work {
        shared.ends.deliver(transfer)
      } else {
        shared.enqueue(transfer)
      }
    }
  }

  func stop() async {
    shared.finish()
    try? await thread.shutdownGracefully()
    try? await workers.shutdownGracefully()
    close(shared.bell)
  }

  /// What the ring's thread shares with the others.
  final class Shared: Sendable {
    struct Line {
      var transfers: [FlashTransfer] = []
      var hasRung = false
      var isOver = false
    }
    let ends: FlashEnds
    let bell: CInt
    let workers: NIOThreadPool
    let line = Mutex(Line())

    init(ends: FlashEnds, bell: CInt, workers: NIOThreadPool) {
      self.ends = ends
      self.bell = bell
      self.workers = workers
    }

    func enqueue(_ transfer: FlashTransfer) {
      let mustRing = line.withLock {
        $0.transfers.append(transfer)
        let mustRing = !$0.hasRung
        $0.hasRung = true
        return mustRing
      }
      if mustRing { tarn_bell_ring(bell) }
    }

    func finish() {
      line.withLock { $0.isOver = true }
      tarn_bell_ring(bell)
    }
  }
}

/// The work of the ring's thread.
private struct RingRounds {
  private static let bellTag = UInt64.max

  let ring: OpaquePointer
  let shared: RingEngine.Shared
  let apart: CInt
  /// Transfers at the device; the index is the tag.
  private var slots = [FlashTransfer?](repeating: nil, count: RingEngine.depth)
  private var free = Array(0..<RingEngine.depth)
  private var line: [FlashTransfer] = []
  private var next = 0
  private var isOver = false
  private let bellWord = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
  private let ended = UnsafeMutablePointer<tarn_ring_end>.allocate(capacity: RingEngine.depth + 1)

  init(ring: OpaquePointer, shared: RingEngine.Shared, apart: Bool) {
    self.ring = ring
    self.shared = shared
    self.apart = apart ? 1 : 0
  }

  mutating func run() {
    listen()
    while !(isOver && free.count == slots.count) {
      let count = tarn_ring_wait(ring, ended, CInt(RingEngine.depth + 1))
      precondition(count >= 0, "io_uring_enter can't fail with \(-count) on a ring in order")
      for index in 0..<max(0, Int(count)) { take(ended[index]) }
      submit()
    }
    bellWord.deallocate()
    ended.deallocate()
  }

  /// The bell rings when its word can be read.
  private func listen() {
    let failed = tarn_ring_read(ring, Self.bellTag, shared.bell, bellWord, 8, 0, 0)
    precondition(failed == 0, "the ring has room for all slots and the bell")
  }

  private mutating func take(_ end: tarn_ring_end) {
    guard end.tag != Self.bellTag else {
      let news = shared.line.withLock {
        let news = $0
        $0.transfers.removeAll(keepingCapacity: true)
        $0.hasRung = false
        return news
      }
      line.append(contentsOf: news.transfers)
      if news.isOver { isOver = true } else { listen() }
      return
    }
    guard let transfer = slots[Int(end.tag)] else {
      preconditionFailure("the kernel ends only what was started")
    }
    if transfer.advance(Int(end.result)) {
      slots[Int(end.tag)] = nil
      free.append(Int(end.tag))
      finish(transfer)
    } else {
      queue(transfer, as: Int(end.tag))
    }
  }

  private func finish(_ transfer: FlashTransfer) {
    guard transfer.error == 0, let after = transfer.after else {
      return shared.ends.deliver(transfer)
    }
    if transfer.bytes.count <= RingEngine.smallBytes {
      after(transfer)
      shared.ends.deliver(transfer)
    } else {
      shared.workers.submit { [shared] _ in
        transfer.after?(transfer)
        shared.ends.deliver(transfer)
      }
    }
  }

  private mutating func submit() {
    while next < line.count, let slot = free.popLast() {
      slots[slot] = line[next]
      queue(line[next], as: slot)
      next += 1
    }
    if next == line.count {
      line.removeAll(keepingCapacity: true)
      next = 0
    } else if next > 1024 {
      line.removeFirst(next)
      next = 0
    }
  }

  private func queue(_ transfer: FlashTransfer, as slot: Int) {
    let rest = transfer.rest
    let count = CUnsignedInt(min(rest.count, 1 << 30))
    let offset = Int64(transfer.offset + transfer.transferred)
    let tag = UInt64(slot)
    let failed =
      transfer.kind == .read
      ? tarn_ring_read(ring, tag, transfer.file, rest.baseAddress, count, offset, apart)
      : tarn_ring_write(ring, tag, transfer.file, rest.baseAddress, count, offset, apart)
    precondition(failed == 0, "the ring has room for all slots and the bell")
  }
}
