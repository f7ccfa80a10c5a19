/// What a node gives its peers beside what it takes from them, lately.
///
/// A node's link is shared by all blocks that it gives, and placement makes some nodes own more of
/// what is wanted than others: their links fill first, and everyone waits for them. No core knows how
/// fast its links are; but where all read the same data, a link that gives as much as it takes bears
/// just its part. So a node that takes much and gives twice as much sends takers on, where others have
/// the block.
///
/// Bytes are counted with a half-life of a quarter of a second. O(1).
struct GiveBalance: BitwiseCopyable {
  private static let halfLifeNanoseconds: Nanoseconds = 250_000_000
  /// A node that takes less does not share in what it gives: it gives whatever it is asked for.
  private static let leastTakenBytes: UInt64 = 32 << 20

  private var givenBytes: UInt64 = 0
  private var takenBytes: UInt64 = 0
  private var since = Instant.zero

  init() {}

  mutating func gave(_ bytes: UInt32, at now: Instant) {
    age(to: now)
    givenBytes += UInt64(bytes)
  }

  mutating func took(_ bytes: UInt32, at now: Instant) {
    age(to: now)
    takenBytes += UInt64(bytes)
  }

  /// Whether it gives more than twice what it takes, and takes much.
  mutating func isOverdrawn(at now: Instant) -> Bool {
    age(to: now)
    return takenBytes >= GiveBalance.leastTakenBytes && givenBytes > 2 * takenBytes
  }

  private mutating func age(to now: Instant) {
    let halves = (now - since) / GiveBalance.halfLifeNanoseconds
    guard halves > 0 else { return }
    // A shift by more than all bits leaves nothing.
    givenBytes >>= halves
    takenBytes >>= halves
    since = since + halves * GiveBalance.halfLifeNanoseconds
  }
}
