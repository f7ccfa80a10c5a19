/// Keys of KV blocks.
///
/// An inference engine hashes a prompt's blocks as a chain: the chain hash of block i is a hash of
/// block i's tokens and of the chain hash of block i - 1, so it stands for the block and everything
/// before it. The *anchor* of block i is the chain hash of block min(i, `anchorDepth`): all blocks
/// of a chain from depth `anchorDepth` on have one anchor and therefore one owner, which can answer
/// "how many leading blocks of this prompt are here?" alone, while prompts that share only a short
/// prefix (a common system prompt) still spread over the cell.
public enum KVChain {
  /// The key of the block with hash `chainHash` in a chain with this `anchor`, of model `model`.
  ///
  /// Both halves are SipHash-2-4 with 64 bits of output under the tenant's salt, over 17 bytes:
  /// `model` and `anchor`, little-endian, then the domain byte 2, for `high`; `model` and
  /// `chainHash`, then the domain byte 3, for `low`.
  public static func key(
    salt: TenantSalt, model: UInt64, anchor: UInt64, chainHash: UInt64
  ) -> BlockKey {
    BlockKey(
      high: half(salt, model, anchor, .kvPlacement), low: half(salt, model, chainHash, .kvBlock))
  }

  /// Which block's chain hash is the anchor of block `index`; both counted from 0.
  public static func anchorIndex(ofBlock index: UInt32, anchorDepth: UInt32) -> UInt32 {
    min(index, anchorDepth)
  }

  @inline(__always)
  private static func half(
    _ salt: TenantSalt, _ model: UInt64, _ hash: UInt64, _ domain: KeyDomain
  ) -> UInt64 {
    var state = SipState(key0: salt.key0, key1: salt.key1)
    state.absorb(model, rounds: 2)
    state.absorb(hash, rounds: 2)
    state.absorb(UInt64(domain.rawValue) | 17 &<< 56, rounds: 2)
    return state.squeeze64(rounds: 4)
  }
}
