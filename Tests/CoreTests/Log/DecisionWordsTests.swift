@testable import TarnCore
import Testing

/// The numbers that records and hashes are made of must never change their meaning.
@Suite struct DecisionWordsTests {
  private func words(_ all: DecisionWords) -> [UInt64] {
    (0..<DecisionWords.count(tag: all.tag)).map { all[$0] }
  }

  @Test func `every kind has its golden words`() {
    #expect(
      DecisionSamples.inputs.map { words($0[0].decisionWords) } == DecisionGolden.inputWords)
    #expect(
      DecisionSamples.effects.map { words($0[0].decisionWords) } == DecisionGolden.effectWords)
  }

  @Test func `words beyond the count of a tag are 0`() {
    let all =
      DecisionSamples.inputs.joined().map(\.decisionWords)
      + DecisionSamples.effects.joined().map(\.decisionWords)
    for words in all {
      for index in DecisionWords.count(tag: words.tag)..<DecisionWords.limit {
        #expect(words[index] == 0)
      }
    }
  }

  @Test func `every changed field survives decoding`() {
    for input in DecisionSamples.inputs.joined() {
      #expect(Input(input.decisionWords)?.decisionWords == input.decisionWords)
    }
    for effect in DecisionSamples.effects.joined() {
      #expect(Effect(effect.decisionWords)?.decisionWords == effect.decisionWords)
    }
  }

  @Test func `raw values of enums are what they were`() {
    #expect([PinAction.pin, .unpin].map(\.rawValue) == [0, 1])
    #expect([FlashStatus.ok, .corrupt, .failed].map(\.rawValue) == [0, 1, 2])
    #expect(
      [OriginStatus.Code.ok, .notFound, .throttled, .failed].map(\.rawValue) == [0, 1, 2, 3])
    #expect([TierKind.memory, .flash].map(\.rawValue) == [0, 1])
    #expect([Source.memory, .flash, .peer, .origin, .none].map(\.rawValue) == [0, 1, 2, 3, 4])
    #expect(Source.allCases.count == 5)
    #expect(
      [
        Failure.none, .absent, .notFound, .bypass, .overloaded, .deadline, .originFailed,
      ].map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6])
    #expect(Failure.allCases.count == 7)
    #expect(
      [
        EvictionKind.lru, .fifo, .clock, .sieve, .s3fifo, .wtinylfu, .arc, .twoQ, .lfu, .gdsf,
        .lirs, .lhd, .auto,
      ].map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    #expect(EvictionKind.allCases.count == 13)
    #expect(
      [
        PeerMessage.Kind.ask, .give, .redirect, .decline, .askBudget, .grantBudget, .denyBudget,
        .reportThrottle, .ping, .pong, .askPrefix, .givePrefix, .offer,
      ].map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    #expect(PeerMessage.Kind.allCases.count == 13)
    #expect([ReadFlags.kv, .doNotAdmit, .paid].map(\.rawValue) == [1, 2, 4])
    #expect(
      [PeerMessage.Flags.onlyIfPresent, .doNotRedirect, .kv, .again, .paid].map(\.rawValue)
        == [1, 2, 4, 8, 16])
  }
}
