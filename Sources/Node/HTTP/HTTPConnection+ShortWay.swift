internal import Glibc
internal import NIOCore

/// The short way to the socket, past NIO's list of pending writes.
///
/// Most responses fit in the socket's buffer. They go out in one call, head and payload each from where
/// it lies, without a promise and a second look. What the kernel does not take goes the long way,
/// through NIO, which waits for room. While NIO holds anything the short way is shut, so the
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
  func sendBytesNow() -> Bool {
    sendNow(followedBy: UnsafeRawBufferPointer(start: nil, count: 0))
    return output.bytes.readableBytes == 0
  }

  /// Sends in one call what the kernel takes of the bytes that are put together, and of `body` behind
  /// them. How many bytes of the body that were.
  @discardableResult
  func sendNow(followedBy body: UnsafeRawBufferPointer) -> Int {
    guard isShortWayOpen() else { return 0 }
    let head = output.bytes.readableBytes
    let sent = output.bytes.withUnsafeReadableBytes { sendNow($0, body) }
    output.bytes.moveReaderIndex(forwardBy: min(sent, head))
    return max(0, sent - head)
  }

  /// As `sendNow`, with references to the slice's pages instead of a copy.
  func lendNow(_ slice: PayloadSlice) -> Int {
    guard isShortWayOpen() else { return 0 }
    if output.bytes.readableBytes > 0 {
      let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
      // The kernel keeps the head for what follows at once, so that both share a packet and wake the
      // client once.
      let head = output.bytes.withUnsafeReadableBytes { sendNow($0, nothing, CInt(MSG_MORE)) }
      output.bytes.moveReaderIndex(forwardBy: head)
      guard output.bytes.readableBytes == 0 else { return 0 }
    }
    let sent = shared.lender.lend(slice, to: shortWay.socket)
    shared.counters.sent(sent)
    shortWay.budget -= sent
    return sent
  }

  private func sendNow(
    _ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer, _ more: CInt = 0
  ) -> Int {
    let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL) | more
    let sent =
      if head.isEmpty {
        send(shortWay.socket, body.baseAddress, body.count, flags)
      } else if body.isEmpty {
        send(shortWay.socket, head.baseAddress, head.count, flags)
      } else {
        sendBoth(head, body, flags)
      }
    // What failed fails again on the long way, where NIO closes the channel.
    shared.counters.sent(max(0, sent))
    shortWay.budget -= max(0, sent)
    return max(0, sent)
  }

  private func sendBoth(
    _ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer, _ flags: CInt
  ) -> Int {
    withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { parts in
      parts[0] = iovec(
        iov_base: UnsafeMutableRawPointer(mutating: head.baseAddress), iov_len: head.count)
      parts[1] = iovec(
        iov_base: UnsafeMutableRawPointer(mutating: body.baseAddress), iov_len: body.count)
      var message = msghdr()
      message.msg_iov = parts.baseAddress
      message.msg_iovlen = parts.count
      return sendmsg(shortWay.socket, &message, flags)
    }
  }
}
