internal import NIOCore

@testable internal import TarnNode

extension FuzzTarget {
  /// Frames of every type, checksums made right: what is read is written as the same bytes.
  static let peerFrame = FuzzTarget("peer-frame", longestInput: 512) { input in
    let frame = SealedFrame.bytes(input.rest())
    do throws(PeerFault) {
      let read = try frame.withFrame { bytes throws(PeerFault) in try ReadFrame(bytes) }
      demand(read.bytes == frame, "a frame changes when it is written anew")
    } catch {
      // Length and checksum are right; a fault of theirs would be one of ours.
      demand(error != .checksum && error != .length, "a whole frame is refused for its \(error)")
    }
  }

  /// Streams cut into frames: the same frames and the same fault whatever the pieces.
  static let peerStream = FuzzTarget("peer-stream", longestInput: 1_024) { input in
    let size = 1 + Int(input.byte())
    let limit = input.byte() & 1 == 1 ? FrameHeader.longestFrame : FrameHeader.longestGreeting
    let bytes = input.rest()
    let whole = CutFrames(bytes, by: max(1, bytes.count), limit)
    demand(whole == CutFrames(bytes, by: size, limit), "pieces of \(size) make other frames")
    demand(
      whole.frames.allSatisfy { (FrameHeader.size...limit).contains($0.count) }, "a frame's length")
    demand(bytes.starts(with: whole.frames.joined()), "frames are not what came")
  }
}

/// What `FrameAssembler` makes of bytes that come in pieces.
private struct CutFrames: Equatable {
  var frames: [[UInt8]] = []
  var fault: PeerFault?

  init(_ bytes: [UInt8], by size: Int, _ limit: Int) {
    var assembler = FrameAssembler()
    assembler.limit = limit
    do throws(PeerFault) {
      for piece in bytes.pieces(of: size).map({ Array($0.readableBytesView) }) {
        var start = 0
        while start < piece.count {
          let taken = try Array(piece[start...]).withFrame { bytes throws(PeerFault) in
            try assembler.take(bytes) { frame throws(PeerFault) in frames.append(Array(frame)) }
          }
          demand(taken > 0 && taken <= piece.count - start, "\(taken) bytes were taken")
          start += taken
        }
        demand(assembler.keptBytes <= limit, "more is kept than a frame")
      }
    } catch { fault = error }
  }
}

extension [UInt8] {
  /// As `withUnsafeBytes`, for closures whose errors are typed.
  func withFrame<Value>(
    _ body: (UnsafeRawBufferPointer) throws(PeerFault) -> Value
  ) throws(PeerFault) -> Value {
    let result = withUnsafeBytes { bytes in
      do throws(PeerFault) { return Result<Value, PeerFault>.success(try body(bytes)) } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
