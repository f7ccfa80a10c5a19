import TarnCore

/// The network in detail (`network.interleave`): payloads cross it in pieces, so that those which share a
/// link share its bandwidth; messages wait behind the pieces that were there before them; and what one
/// node sends another one arrives in order.
///
/// Without it a payload takes its place on all links at once, when it is sent, and a message never waits:
/// an event for each payload instead of one for each piece, and right where links are far faster than
/// what a node answers a read in.
extension World {
  /// A peer's message without a payload, with the headers of its packet: about what an ask takes.
  private static let messageBytes: UInt32 = 200

  /// Puts a message on the sender's connection to the receiver.
  mutating func enter(_ index: UInt32, from sender: UInt32, to receiver: UInt32) {
    if connections.isBusy(from: sender, to: receiver) {
      connections.wait(index, from: sender, to: receiver)
    } else {
      pass(index, from: sender, to: receiver)
    }
  }

  /// The connection is free.
  private mutating func pass(_ index: UInt32, from sender: UInt32, to receiver: UInt32) {
    let message = messages[index].message
    guard message.kind == .give || message.kind == .offer, message.length > 0 else {
      let passed = models.pass(Self.messageBytes, from: sender, to: receiver, at: now)
      return post(index, to: receiver, at: models.message(from: sender, to: receiver, at: passed))
    }
    connections.occupy(from: sender, to: receiver)
    cross(
      Crossing(
        sender: sender, receiver: receiver, index: index, bytes: message.length, start: now,
        span: 0))
  }

  /// The origin's answer, which `report` tells `node` of when all of it is there.
  mutating func receive(
    _ report: UInt32, bytes: UInt32, at node: UInt32, firstByte: Instant, lastByte: Instant
  ) {
    let crossing = crossings.put(
      Crossing(
        sender: nil, receiver: node, index: report, bytes: bytes, start: firstByte,
        span: lastByte - firstByte))
    queue.push(WorldEvent(WorldEvent.Kind.piece, node: node, index: crossing), at: firstByte)
  }

  /// The last piece of a payload has crossed, or its first byte is here.
  mutating func pieceCrossed(_ number: UInt32) {
    let crossing = crossings.take(number)
    guard crossing.isDone else { return cross(crossing) }
    guard let sender = crossing.sender else {
      let event = WorldEvent(
        WorldEvent.Kind.origin, node: crossing.receiver, index: crossing.index)
      return queue.push(event, at: now)
    }
    let receiver = crossing.receiver
    post(crossing.index, to: receiver, at: models.message(from: sender, to: receiver, at: now))
    for message in connections.release(from: sender, to: receiver) {
      enter(message, from: sender, to: receiver)
    }
  }

  /// Sends the next piece; the one behind it follows when it has crossed.
  private mutating func cross(_ crossing: Crossing) {
    var crossing = crossing
    let piece = crossing.takePiece(of: models.pieceBytes)
    let passed = models.pass(piece, from: crossing.sender, to: crossing.receiver, at: now)
    let time = max(passed, crossing.ready)
    queue.push(
      WorldEvent(
        WorldEvent.Kind.piece, node: crossing.receiver, index: crossings.put(crossing)),
      at: time)
  }
}
