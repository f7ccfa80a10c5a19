import Testing

@testable import TarnCore

/// Who is sent to whom.
@Suite struct FanOutRowsTests {
  private static let window = 200 * millisecond
  private let key = BlockKey(high: 1, low: 99)

  private static func target(
    _ fanOut: inout FanOut, _ key: BlockKey, for peer: UInt16, at now: Instant, limit: UInt8 = 4,
    where isWell: (NodeID) -> Bool = { _ in true }
  ) -> NodeID? {
    fanOut.target(
      of: key, for: NodeID(peer), at: now, window: window, limit: limit, where: isWell)
  }

  private static func took(
    _ fanOut: inout FanOut, _ key: BlockKey, _ peer: UInt16, sentOn: Bool = false, at now: Instant
  ) {
    fanOut.took(key, by: NodeID(peer), sentOn: sentOn, at: now, window: window)
  }

  @Test func `a node gives as many copies as it may within a window, then names who took one`() {
    var fanOut = FanOut()
    for peer in UInt16(0)..<4 {
      let target = Self.target(&fanOut, key, for: peer, at: .zero)
      #expect(target == nil)
      Self.took(&fanOut, key, peer, at: .zero)
    }
    let fifth = Self.target(&fanOut, key, for: 4, at: .zero)
    #expect(fifth.map { (0..<4).contains($0.ordinal) } == true)
    let later = Self.target(&fanOut, key, for: 4, at: .zero + Self.window + 1)
    #expect(later == nil)
  }

  @Test func `without a limit of its own it names takers as soon as there are any`() {
    var fanOut = FanOut()
    let none = Self.target(&fanOut, key, for: 1, at: .zero, limit: 0)
    #expect(none == nil)
    Self.took(&fanOut, key, 1, at: .zero)
    let first = Self.target(&fanOut, key, for: 2, at: .zero + Self.window + 1, limit: 0)
    #expect(first == NodeID(1))
  }

  @Test func `nobody is sent to himself, to who is not well, or to who did not have it`() {
    var fanOut = FanOut()
    for peer in UInt16(1)...3 { Self.took(&fanOut, key, peer, at: .zero) }
    for _ in 0..<20 {
      let target = Self.target(&fanOut, key, for: 1, at: .zero, limit: 1) { $0 != NodeID(2) }
      #expect(target == NodeID(3))
    }
    fanOut.forget(key, by: NodeID(3))
    let left = Self.target(&fanOut, key, for: 1, at: .zero, limit: 1) { $0 != NodeID(2) }
    #expect(left == nil)
  }

  @Test func `takers are forgotten with the block, and when nobody asked for long`() {
    var fanOut = FanOut()
    Self.took(&fanOut, key, 1, at: .zero)
    fanOut.forget(key)
    let invalid = Self.target(&fanOut, key, for: 2, at: .zero, limit: 0)
    #expect(invalid == nil)
    Self.took(&fanOut, key, 1, at: .zero)
    let long = Instant.zero + (FanOut.windowsKept + 1) * Self.window
    let forgotten = Self.target(&fanOut, key, for: 2, at: long, limit: 0)
    #expect(forgotten == nil)
  }

  @Test func `two thousand takers of a block give few copies each and wait in a short chain`() {
    var fanOut = FanOut()
    var given = [Int](repeating: 0, count: 2000)
    var depth = [Int](repeating: 0, count: 2000)
    var byOwner = 0
    for peer in 0..<2000 {
      if let target = Self.target(&fanOut, key, for: UInt16(peer), at: .zero) {
        given[Int(target.ordinal)] += 1
        // Those that came in one moment wait for each other.
        if Int(target.ordinal) >= peer - FanOut.takerLimit {
          depth[peer] = depth[Int(target.ordinal)] + 1
        }
        Self.took(&fanOut, key, UInt16(peer), sentOn: true, at: .zero)
      } else {
        byOwner += 1
        Self.took(&fanOut, key, UInt16(peer), at: .zero)
      }
    }
    #expect(byOwner == 4)
    #expect(given.reduce(0, +) == 1996)
    #expect((given.max() ?? 0) <= 16)
    // The latest sixty, which may all be on their way, hang on those before them.
    #expect((depth[..<60].max() ?? 0) <= 10)
  }

  @Test func `as many blocks as are wanted at once keep their own takers`() {
    var fanOut = FanOut()
    var random = ClusterRandom(7)
    var model: [UInt64: (start: Instant, given: Int, takers: [NodeID])] = [:]
    var now = Instant.zero
    for _ in 0..<20_000 {
      now = now + random.below(millisecond)
      let low = random.below(UInt64(60))
      let key = BlockKey(high: 3, low: low)
      let peer = NodeID(UInt16(random.below(100)))
      var known = model[low] ?? (now, 0, [])
      if now - known.start > Self.window { known = (now, 0, known.takers) }
      let target = Self.target(&fanOut, key, for: peer.ordinal, at: now)
      if let target {
        #expect(known.given >= 4)
        #expect(known.takers.suffix(FanOut.takerLimit).contains(target) && target != peer)
      } else {
        // Only one that nobody but the asker could take the place of is given beyond the limit.
        #expect(known.given < 4 || known.takers.suffix(FanOut.takerLimit).contains(peer))
      }
      Self.took(&fanOut, key, peer.ordinal, sentOn: target != nil, at: now)
      known.takers.append(peer)
      if target == nil { known.given += 1 }
      model[low] = known
    }
    #expect(fanOut.residentBytes < 1 << 18)
  }
}
