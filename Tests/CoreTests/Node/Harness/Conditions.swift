import TarnCore

/// How the world behaves around the cores: spans in nanoseconds, odds in thousandths.
struct Conditions {
  var messageDelay: ClosedRange<UInt64> = 1_000_000...1_000_000
  var messageLossPermille: UInt64 = 0
  var flashDelay: ClosedRange<UInt64> = 100_000...100_000
  var flashCorruptPermille: UInt64 = 0
  var flashFailPermille: UInt64 = 0
  /// The device never reports.
  var flashStallPermille: UInt64 = 0
  var originDelay: ClosedRange<UInt64> = 20_000_000...20_000_000
  var originFailPermille: UInt64 = 0
  var originStallPermille: UInt64 = 0
  var originThrottlePermille: UInt64 = 0
  var retryAfterMilliseconds: ClosedRange<UInt64> = 100...100
  /// Delays of single paths to the origin, and what is wrong with them.
  var pathDelays: [OriginPath: ClosedRange<UInt64>] = [:]
  var troubles: [OriginPath: PathTrouble] = [:]
  /// What the origin does not have.
  var missing: Set<BlockKey> = []

  /// Nothing fails and nothing is lost; delays as they are.
  var healed: Conditions {
    var calm = self
    calm.messageLossPermille = 0
    calm.flashCorruptPermille = 0
    calm.flashFailPermille = 0
    calm.flashStallPermille = 0
    calm.originFailPermille = 0
    calm.originStallPermille = 0
    calm.originThrottlePermille = 0
    calm.troubles = troubles.filter { $0.value == .lacks }
    return calm
  }

  /// Whether anything may fail that excuses a second origin read.
  var isCalm: Bool {
    messageLossPermille == 0 && flashCorruptPermille == 0 && flashFailPermille == 0
      && flashStallPermille == 0 && originFailPermille == 0 && originStallPermille == 0
      && missing.isEmpty && troubles.values.allSatisfy { $0 == .lacks }
  }
}

/// How a path to the origin misbehaves: all of its reads fail, never end, are throttled, or find
/// nothing.
enum PathTrouble: CaseIterable { case fails, stalls, throttles, lacks }

/// A block as clients know it.
struct HarnessBlock {
  var key: BlockKey
  var length: UInt32
  var tenant = TenantID(0)
  var isKV = false
  /// The block before it in its chain; `key` for the first.
  var parent: BlockKey

  init(
    key: BlockKey, length: UInt32, tenant: TenantID = TenantID(0), kvAfter parent: BlockKey? = nil
  ) {
    self.key = key
    self.length = length
    self.tenant = tenant
    self.isKV = parent != nil
    self.parent = parent ?? key
  }
}
