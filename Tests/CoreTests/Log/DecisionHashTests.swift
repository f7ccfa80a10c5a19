@testable import TarnCore
import Testing

@Suite struct DecisionHashTests {
  private func hash(_ input: Input) -> UInt64 {
    var hash = DecisionHash()
    hash.absorb(input, at: DecisionSamples.deadline)
    return hash.value
  }

  private func hash(_ effect: Effect) -> UInt64 {
    var hash = DecisionHash()
    hash.absorb(effect)
    return hash.value
  }

  private func hash(keys: [BlockKey]) -> UInt64 {
    var hash = DecisionHash()
    hash.absorb(keys: keys.span)
    return hash.value
  }

  private static let keys = [DecisionSamples.key] + DecisionSamples.otherKeys

  @Test func `every kind has its golden hash`() {
    #expect(DecisionSamples.inputs.map { hash($0[0]) } == DecisionGolden.inputHashes)
    #expect(DecisionSamples.effects.map { hash($0[0]) } == DecisionGolden.effectHashes)
    #expect(hash(keys: Self.keys) == DecisionGolden.keys)
  }

  @Test func `a whole history has its golden hash`() {
    var hash = DecisionHash()
    for samples in DecisionSamples.inputs { hash.absorb(samples[0], at: DecisionSamples.deadline) }
    hash.absorb(keys: Self.keys.span)
    hash = DecisionHash(resuming: hash.value)
    for samples in DecisionSamples.effects { hash.absorb(samples[0]) }
    #expect(hash.value == DecisionGolden.everything)
  }

  @Test func `a view counts by its version and digest`() {
    func hash(version: UInt64, digest: UInt64) -> UInt64 {
      var hash = DecisionHash()
      hash.absorb(
        DecisionRecord.Event.view(version: version, digest: digest), at: Instant(nanoseconds: 1))
      return hash.value
    }
    #expect(hash(version: 7, digest: 0xDEAD_BEEF) == DecisionGolden.view)
    #expect(hash(version: 8, digest: 0xDEAD_BEEF) != DecisionGolden.view)
    #expect(hash(version: 7, digest: 0xDEAD_BEEE) != DecisionGolden.view)
  }

  @Test func `every field counts`() {
    var seen: [UInt64: String] = [:]
    for input in DecisionSamples.inputs.joined() {
      let earlier = seen.updateValue("\(input)", forKey: hash(input))
      #expect(earlier == nil, "\(input)")
    }
    for samples in DecisionSamples.effects {
      // A changed sample may equal another one where extents are tried as source and target.
      for effect in samples {
        let earlier = seen.updateValue("\(effect)", forKey: hash(effect))
        #expect(earlier == nil || earlier == "\(effect)", "\(effect)")
      }
    }
    #expect(DecisionSamples.inputs.count == DecisionTag.Input.allCases.count - 1)
    #expect(DecisionSamples.effects.count == DecisionTag.Effect.allCases.count)
  }

  @Test func `the time of a step counts`() {
    var one = DecisionHash()
    var other = DecisionHash()
    one.absorb(.wake, at: Instant(nanoseconds: 1))
    other.absorb(.wake, at: Instant(nanoseconds: 2))
    #expect(one != other)
  }

  @Test func `order counts`() {
    var one = DecisionHash()
    var other = DecisionHash()
    one.absorb(.cancel(OperationID(1)))
    one.absorb(.cancel(OperationID(2)))
    other.absorb(.cancel(OperationID(2)))
    other.absorb(.cancel(OperationID(1)))
    #expect(one != other)
    #expect(hash(keys: Self.keys) != hash(keys: Self.keys.reversed()))
  }

  @Test func `keys count, and how many there are`() {
    let zero = BlockKey(high: 0, low: 0)
    let hashes = (0..<4).map { hash(keys: Array(repeating: zero, count: $0)) }
    #expect(Set(hashes).count == 4)
    #expect(hashes[0] == DecisionHash().value)
    #expect(hash(keys: [zero, Self.keys[0]]) != hash(keys: [Self.keys[0], zero]))
  }

  @Test func `one flipped bit flips about half of the value`() {
    var flips = 0
    for bit in UInt64(0)..<64 {
      let one = hash(.cancel(OperationID(0x1234_5678)))
      flips += (one ^ hash(.cancel(OperationID(0x1234_5678 ^ 1 << bit)))).nonzeroBitCount
    }
    #expect(flips > 64 * 29 && flips < 64 * 35)
  }
}
