internal import Glibc
internal import NIOCore

/// The short way to the socket, past NIO's list of pending writes.
///
/// Most responses fit in the socket's buffer. They go out in one call, without a promise and a second
/// look; and in front of a payload's bytes, the head waits in the kernel for them (MSG_MORE), so that
/// both share a packet and wake the client once. What the kernel does not take goes the long
/// way, through NIO, which waits for room. While NIO holds anything the short way is shut, so the
/// order is kept; and one read of requests may send so much by it and no more, so that a client that
/// takes all at once does not keep the event loop to itself.
struct HTTPShortWay {
  static let bytesForOneRead = 1 << 20

  /// The socket; -1 where there is none, as in NIO's embedded channels.
  var socket: CInt = -1
  /// NIO was given bytes, and nobody has looked since whether it still holds some.
  var mayBeShut = false
  /// Bytes that may still go this way.
  var budget = 0
}

extension HTTPConnection {
  /// Looks for the socket, once: to ask NIO for it costs as much as to write to it.
  func findSocket(_ context: ChannelHandlerContext) {
    let socket = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
      of: CInt.self
    ) { $0 }
    shortWay.socket = socket ?? -1
  }

  private func isShortWayOpen() -> Bool {
    // A channel that is closed no longer owns the descriptor: its number may be another's by now.
    guard shortWay.socket >= 0, shortWay.budget > 0, !output.needsFlush, let context,
      context.channel.isActive
    else { return false }
    guard shortWay.mayBeShut else { return true }
    let held = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 1
    shortWay.mayBeShut = held > 0
    return held == 0
  }

  /// Sends what the kernel takes of the bytes that are put together. True if that is all of them.
  ///
  /// - Parameter isFollowed: More comes at once, so the kernel may wait for it.
  func sendBytesNow(isFollowed: Bool) -> Bool {
    guard isShortWayOpen() else { return false }
    let sent = output.bytes.withUnsafeReadableBytes { sendNow($0, isFollowed: isFollowed) }
    output.bytes.moveReaderIndex(forwardBy: sent)
    return output.bytes.readableBytes == 0
  }

  /// Sends from the front of a slice what the kernel takes. How many bytes that were.
  func sendSliceNow(_ slice: PayloadSlice) -> Int {
    guard isShortWayOpen() else { return 0 }
    return sendNow(slice.bytes, isFollowed: false)
  }

  private func sendNow(_ bytes: UnsafeRawBufferPointer, isFollowed: Bool) -> Int {
    let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL) | (isFollowed ? CInt(MSG_MORE) : 0)
    // What failed fails again on the long way, where NIO closes the channel.
    let sent = max(0, send(shortWay.socket, bytes.baseAddress, bytes.count, flags))
    shared.counters.sent(sent)
    shortWay.budget -= sent
    return sent
  }
}
