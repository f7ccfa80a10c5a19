internal import TarnCore

/// Blocks that came, or are coming, from the origin before the core wants them. Each is taken by the
/// first origin read of its key, once, or dropped.
struct EarlyBlocks {
  enum Claim {
    /// There is none.
    case none
    case here(Payload)
    /// The operation ends when it is here.
    case coming
  }
  private struct Early {
    let payload: Payload
    let reservation: EarlyReservation
    var isHere = false
    var waiting: OperationID?
  }
  private var blocks: [BlockKey: Early] = [:]

  var isEmpty: Bool { blocks.isEmpty }

  func contains(_ key: BlockKey) -> Bool { blocks[key] != nil }

  /// A block will come into `payload`.
  mutating func expect(_ key: BlockKey, _ payload: Payload, _ reservation: EarlyReservation) {
    blocks[key] = Early(payload: payload, reservation: reservation)
  }

  /// The core wants the block.
  mutating func claim(_ key: BlockKey, length: UInt32, for operation: OperationID) -> Claim {
    guard let early = blocks[key], early.payload.count == Int(length), early.waiting == nil else {
      return .none
    }
    early.reservation.note(wasOfUse: true)
    guard early.isHere else {
      blocks[key]?.waiting = operation
      return .coming
    }
    blocks[key] = nil
    return .here(early.payload)
  }

  /// The block is here, or failed if `isWhole` is false: the operation that waited for it, whose it is
  /// now.
  mutating func end(_ key: BlockKey, _ payload: Payload, isWhole: Bool) -> OperationID? {
    guard let early = blocks[key], early.payload === payload else { return nil }
    if early.waiting == nil, isWhole {
      blocks[key]?.isHere = true
    } else {
      blocks[key] = nil
    }
    return early.waiting
  }

  /// Nobody came for the block in time.
  mutating func drop(_ key: BlockKey, _ payload: Payload) {
    guard let early = blocks[key], early.payload === payload, early.isHere else { return }
    early.reservation.note(wasOfUse: false)
    blocks[key] = nil
  }

  /// The operation was called off; its block is nobody's when it comes.
  mutating func abandon(_ operation: OperationID) {
    guard let key = blocks.first(where: { $0.value.waiting == operation })?.key else { return }
    blocks[key] = nil
  }
}
