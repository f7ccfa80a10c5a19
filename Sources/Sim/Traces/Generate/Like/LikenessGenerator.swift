/// Makes the requests of a `RequestModel`.
///
/// A stretch's new objects and reuse distances are dealt like a shuffled deck of cards, so that each
/// comes as often as in the recording. A card names a narrow range of the LRU stack; of the objects
/// there that have requests left, one is taken in proportion to these. Where none has any, the
/// nearest object that has some is taken if it is not far away, else an object of the range, whose
/// popularity then comes out higher than meant. Ids count up as objects first appear.
struct LikenessGenerator: ~Copyable {
  private let model: RequestModel
  private let requests: UInt64
  private let sizeModel: SizeModel?
  private var random: RandomStream
  private var sizeDraws: [StratifiedDraws]
  private var stack = RecencyStack(of: 0)
  /// By object: requests still to come, and bytes.
  private var left: [UInt32] = []
  private var sizes: [UInt32] = []
  private var made: UInt64 = 0
  private var stretch = -1
  private var reuse = Deck<UInt16>()
  private var popularity = Deck<UInt32>()
  private var candidates: [UInt32] = []

  /// A generator of `requests` requests: more than the recording has make each stretch longer and
  /// add objects in proportion. `sizes` replaces the recording's.
  init(model: RequestModel, requests: UInt64, seed: UInt64, sizes: SizeModel? = nil) {
    self.model = model
    self.requests = requests
    sizeModel = sizes
    random = RandomStream(seed: seed, purpose: "requests/like")
    sizeDraws = (0..<32).map { StratifiedDraws(seed: seed, purpose: 64 + $0) }
  }

  /// The number of the next request's object.
  private mutating func next() -> Int {
    let due = Int(made * UInt64(model.stretches.count) / requests)
    if due != stretch {
      stretch = due
      reuse = Deck(model.stretches[due].reuse)
      popularity = Deck(model.stretches[due].popularity)
    }
    made += 1
    return reuseOrBegin(playableCard())
  }

  /// The next card of the deck that can be played: a place beyond the stack's end waits.
  private mutating func playableCard() -> UInt16 {
    let count = stack.count
    return reuse.next(&random) {
      $0 == RequestModel.newObject || LogBuckets.values(of: Int($0)).lowerBound < count
    } ?? (count == 0 ? RequestModel.newObject : UInt16(LogBuckets.index(of: count - 1)))
  }

  private mutating func reuseOrBegin(_ card: UInt16) -> Int {
    guard card != RequestModel.newObject else { return begin() }
    let values = LogBuckets.values(of: Int(card))
    let places = values.lowerBound..<min(values.upperBound, stack.count)
    let object = choose(in: places)
    stack.touch(object)
    if left[object] > 0 {
      left[object] -= 1
      if left[object] == 0 { stack.mark(object, false) }
    }
    return object
  }

  private mutating func begin() -> Int {
    let object = stack.push()
    let count = popularity.next(&random) { _ in true } ?? 1
    left.append(count - 1)
    if count > 1 { stack.mark(object, true) }
    if let sizeModel {
      sizes.append(sizeModel.size(of: UInt64(object)))
    } else if !model.sizes.isEmpty {
      let kind = RequestModel.sizeClass(of: count)
      let size = model.sizes[kind].value(at: sizeDraws[kind].fraction())
      sizes.append(UInt32(min(max(size + 0.5, 1), 0xFFFF_FFFF)))
    }
    return object
  }

  private static let mostCandidates = 16
  /// How much further down or up, as a factor, an object with requests left is looked for.
  private static let reach = 1.25

  private mutating func choose(in places: Range<Int>) -> Int {
    var ranks = stack.markedRanks(in: places)
    if ranks.isEmpty {
      if let near = nearest(to: places, rank: ranks.lowerBound) { return near }
      return stack.object(at: places.lowerBound + random.index(below: places.count))
    }
    if ranks.count > Self.mostCandidates {
      let start = ranks.lowerBound + random.index(below: ranks.count - Self.mostCandidates + 1)
      ranks = start..<(start + Self.mostCandidates)
    }
    candidates.removeAll(keepingCapacity: true)
    stack.appendMarked(ranks, to: &candidates)
    var total: UInt64 = 0
    for candidate in candidates { total += UInt64(left[Int(candidate)]) }
    var draw = random.below(total)
    for candidate in candidates {
      let weight = UInt64(left[Int(candidate)])
      if draw < weight { return Int(candidate) }
      draw -= weight
    }
    preconditionFailure("a draw lies below the sum of weights")
  }

  /// The marked object nearest to `places`, which hold none, if it is within reach; `rank` is that
  /// of the next marked one up the stack.
  private mutating func nearest(to places: Range<Int>, rank: Int) -> Int? {
    candidates.removeAll(keepingCapacity: true)
    stack.appendMarked(max(0, rank - 1)..<min(rank + 1, stack.markedCount), to: &candidates)
    var best: (object: Int, factor: Double)?
    for candidate in candidates {
      let place = stack.place(of: Int(candidate))
      let factor =
        place < places.lowerBound
        ? Double(places.lowerBound + 1) / Double(place + 1)
        : Double(place + 1) / Double(places.upperBound)
      if factor <= Self.reach, factor < best?.factor ?? .infinity {
        best = (Int(candidate), factor)
      }
    }
    return best?.object
  }
}

extension LikenessGenerator: RequestSource {
  mutating func fill(_ batch: inout RequestBatch, count: Int) {
    batch.removeAll()
    for _ in 0..<count {
      let object = next()
      batch.keys.append(UInt64(object))
      if !sizes.isEmpty { batch.sizes.append(sizes[object]) }
    }
  }
}

/// Cards dealt in random order, and shuffled again after the last.
private struct Deck<Card> {
  private var cards: [Card]
  private var dealt = 0

  init(_ cards: [Card] = []) { self.cards = cards }

  /// The next card for which `isPlayable` holds; others wait their turn. Nil if there is none.
  mutating func next(_ random: inout RandomStream, where isPlayable: (Card) -> Bool) -> Card? {
    if dealt == cards.count { dealt = 0 }
    for _ in 0..<32 where dealt < cards.count {
      let index = dealt + random.index(below: cards.count - dealt)
      if isPlayable(cards[index]) { return deal(index) }
    }
    guard let index = cards[dealt...].firstIndex(where: isPlayable) else { return nil }
    return deal(index)
  }

  private mutating func deal(_ index: Int) -> Card {
    cards.swapAt(dealt, index)
    dealt += 1
    return cards[dealt - 1]
  }
}
