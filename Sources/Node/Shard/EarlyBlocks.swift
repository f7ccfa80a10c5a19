internal import TarnCore

/// Blocks that came, or are coming, from the origin before the core wants them. Each is taken by the
/// first origin read of its key, here or at the owner in the cell, once, or dropped.
struct EarlyBlocks {
  /// Who takes a block.
  enum Taker: Equatable {
    /// A read of the origin by this node's core.
    case core(OperationID)
    /// One by another node's.
    case peer(NodeID, OperationID)
  }
  enum Claim {
    /// There is none.
    case none
    case here(Payload)
    /// The taker gets it when it is here.
    case coming
  }
  private struct Early {
    let payload: Payload
    let reservation: EarlyReservation
    var isHere = false
    var taker: Taker?
  }
  private var blocks: [BlockKey: Early] = [:]

  var isEmpty: Bool { blocks.isEmpty }

  func contains(_ key: BlockKey) -> Bool { blocks[key] != nil }

  /// Whether a claim of the block would be met.
  func mayClaim(_ key: BlockKey) -> Bool { blocks[key].map { $0.taker == nil } ?? false }

  /// A block will come into `payload`.
  mutating func expect(_ key: BlockKey, _ payload: Payload, _ reservation: EarlyReservation) {
    blocks[key] = Early(payload: payload, reservation: reservation)
  }

  /// A core wants the block.
  mutating func claim(_ key: BlockKey, length: UInt32, for taker: Taker) -> Claim {
    guard let early = blocks[key], early.payload.count == Int(length), early.taker == nil else {
      return .none
    }
    early.reservation.note(wasOfUse: true)
    guard early.isHere else {
      blocks[key]?.taker = taker
      return .coming
    }
    blocks[key] = nil
    return .here(early.payload)
  }

  /// The block is here, or failed if `isWhole` is false: who waited for it, whose it is now.
  mutating func end(_ key: BlockKey, _ payload: Payload, isWhole: Bool) -> Taker? {
    guard let early = blocks[key], early.payload === payload else { return nil }
    if early.taker == nil, isWhole {
      blocks[key]?.isHere = true
    } else {
      blocks[key] = nil
    }
    return early.taker
  }

  /// Nobody came for the block in time.
  mutating func drop(_ key: BlockKey, _ payload: Payload) {
    guard let early = blocks[key], early.payload === payload, early.isHere else { return }
    early.reservation.note(wasOfUse: false)
    blocks[key] = nil
  }

  /// The operation was called off; its block is nobody's when it comes.
  mutating func abandon(_ operation: OperationID) {
    guard let key = blocks.first(where: { $0.value.taker == .core(operation) })?.key else { return }
    blocks[key] = nil
  }
}
