import Glibc
import Testing

@testable import TarnNode

@Suite struct PageLenderTests {
  private let memory: PayloadMemory

  init() throws { memory = try PayloadMemory(capacityBytes: 256 << 20, largestBlock: 4 << 20) }

  /// A block whose every word says where it lies and whose it is.
  private func block(_ count: Int, mark: UInt64) -> Payload {
    let payload = memory.allocate(count)
    fill(payload, mark)
    return payload
  }

  private func fill(_ payload: Payload, _ mark: UInt64) {
    for word in 0..<(payload.count / 8) {
      payload.bytes.storeBytes(
        of: mark << 32 | UInt64(word), toByteOffset: 8 * word, as: UInt64.self)
    }
  }

  /// What of `bytes` is not the block from word `first` on.
  private func wrongWords(_ bytes: [UInt8], mark: UInt64, from first: Int) -> Int {
    bytes.withUnsafeBytes { bytes in
      (0..<(bytes.count / 8)).count {
        bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) != mark << 32
          | UInt64(first + $0)
      }
    }
  }

  private func pair(sendBufferBytes: CInt) throws -> (CInt, CInt) {
    var ends: [CInt] = [-1, -1]
    try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
    var size = sendBufferBytes
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return (ends[0], ends[1])
  }

  private func take(_ socket: CInt, _ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { bytes, got in
      while got < count {
        let rest = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(bytes)[got...])
        let some = recv(socket, rest.baseAddress, rest.count, CInt(MSG_DONTWAIT))
        guard some > 0 else { break }
        got += some
      }
    }
  }

  /// Bytes wait in a socket while their block is evicted and another
  /// takes its place.
  @Test(arguments: [64 << 10, 100 << 10, 1 << 20, 4 << 20])
  func bytesInASocketOutliveTheirBlock(count: Int) throws {
    let (near, far) = try pair(sendBufferBytes: 16 << 20)
    defer {
      close(near)
      close(far)
    }
    let lender = PageLender()
    var first: Payload? = block(count, mark: 1)
    let place = first?.bytes.baseAddress
    let sent = lender.lend(PayloadSlice(try #require(first), 0..<count), to: near)
    #expect(sent >= 64 << 10)
    first = nil
    let second = block(count, mark: 2)
    #expect(second.bytes.baseAddress == place, "the test is about a place that is used again")
    #expect(wrongWords(take(far, sent), mark: 1, from: 0) == 0)
    #expect(second.bytes.load(fromByteOffset: count - 8, as: UInt64.self) >> 32 == 2)
  }

  @Test func nothingOfWhatASocketRefusedComesLater() throws {
    let (near, far) = try pair(sendBufferBytes: 64 << 10)
    defer {
      close(near)
      close(far)
    }
    let lender = PageLender()
    let (one, two) = (block(4 << 20, mark: 1), block(1 << 20, mark: 2))
    let sent = lender.lend(PayloadSlice(one, 0..<one.count), to: near)
    #expect(sent > 0 && sent < one.count)
    #expect(lender.lend(PayloadSlice(two, 0..<two.count), to: near) == 0)
    #expect(wrongWords(take(far, sent), mark: 1, from: 0) == 0)
    let next = lender.lend(PayloadSlice(two, (512 << 10)..<two.count), to: near)
    #expect(next > 0)
    #expect(wrongWords(take(far, next), mark: 2, from: (512 << 10) / 8) == 0)
    #expect(take(far, 1).isEmpty)
  }

  @Test func aClosedSocketTakesNothing() throws {
    let (near, far) = try pair(sendBufferBytes: 64 << 10)
    close(far)
    defer { close(near) }
    signal(SIGPIPE, SIG_IGN)
    let lender = PageLender()
    let payload = block(64 << 10, mark: 1)
    #expect(lender.lend(PayloadSlice(payload, 0..<payload.count), to: near) == 0)
    #expect(lender.canLend(PayloadSlice(payload, 0..<payload.count)))
  }

  @Test func smallBlocksShareTheirPagesAndAreCopied() {
    let lender = PageLender()
    let small = block(32 << 10, mark: 1)
    #expect(!lender.canLend(PayloadSlice(small, 0..<small.count)))
  }

  @Test func pagesThatWereLentAreGivenUp() {
    var payload: Payload? = block(4 << 20, mark: 1)
    payload?.willBeLent()
    payload = nil
    #expect(memory.residentBytes == 0)
    #expect(memory.allocate(4 << 20).bytes.allSatisfy { $0 == 0 })
  }
}
