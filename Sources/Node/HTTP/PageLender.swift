internal import CKernel
internal import Glibc

/// Sends payloads without a copy: the kernel takes references to their pages.
///
/// The copy is most of what a large response costs (`Benchmarks/servers hits`). What the socket does
/// not take at once is copied all the same, later: so both ends of a connection on one machine share
/// the work.
///
/// What was lent may be read for as long as it waits in a socket, here or at a client on the same
/// machine. So its memory is never written again: when the block is gone its pages are given up,
/// and live on until the last reader has them.
final class PageLender {
  private let ends: [CInt]
  /// The kernel, or its policy, refused.
  private var isRefused: Bool

  init() {
    var ends: [CInt] = [-1, -1, -1]
    isRefused = tarn_lender_open(&ends) != 0
    self.ends = ends
  }

  deinit {
    for end in ends where end >= 0 { close(end) }
  }

  func canLend(_ slice: PayloadSlice) -> Bool { !isRefused && slice.payload.isLendable }

  /// Sends from the front of the slice what the socket takes. How many bytes that were.
  func lend(_ slice: PayloadSlice, to socket: CInt) -> Int {
    slice.payload.willBeLent()
    let sent = tarn_lend(ends, socket, slice.bytes.baseAddress, slice.count)
    if sent < 0, sent != -Int64(EAGAIN) { isRefused = true }
    return max(0, Int(sent))
  }
}
