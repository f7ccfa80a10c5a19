/// Makes the requests of a `RequestModel`.
///
/// A stretch's requests are dealt like a shuffled deck of cards, so that each comes as often as in
/// the recording. A card names a narrow range of the LRU stack. Of a hand of cards, and of the
/// objects in their ranges that have requests left, one pair is taken, by how late the object is
/// with its requests and by whether it is as popular as the card says. Where no range holds such an
/// object, the nearest one is taken if it is not far away, else any object of the range, whose
/// popularity then comes out higher than meant. Ids count up as objects first appear.
struct LikenessGenerator: ~Copyable {
  private let model: RequestModel
  private let requests: UInt64
  private let sizeModel: SizeModel?
  private var random: RandomStream
  private var sizeDraws: [StratifiedDraws]
  private var stack = RecencyStack(of: 0)
  /// By object: how often it is to be asked for, from which request on, and how often still.
  private var counts: [UInt32] = []
  private var births: [UInt64] = []
  private var left: [UInt32] = []
  /// By object: bytes.
  private var sizes: [UInt32] = []
  private var made: UInt64 = 0
  private var stretch = -1
  private var reuse = Deck<ReuseCard>()
  /// Cards for new objects that were not dealt yet.
  private var newLeft = 0
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
      newLeft = reuse.cards.count { $0 == .newObject }
      popularity = Deck(model.stretches[due].popularity)
    }
    made += 1
    let object = deal()
    guard object < stack.count else { return begin() }
    stack.touch(object)
    if left[object] > 0 {
      left[object] -= 1
      if left[object] == 0 { stack.mark(object, false) }
    }
    return object
  }

  /// How many cards of the deck compete to be played.
  private static let hand = 24
  /// How many objects of a card's range compete.
  private static let mostCandidates = 8

  /// Plays a card: returns the object that it asks for, and the number of the next new one for a new
  /// one.
  private mutating func deal() -> Int {
    if reuse.refill() { newLeft = reuse.cards.count { $0 == .newObject } }
    let first = reuse.draw(&random)
    if reuse.cards[first] == .newObject { return dealNew(first) }
    var total = 0.0
    var chosen: (object: Int, card: Int)?
    var index = first
    for _ in 0..<Self.hand {
      if let places = places(of: reuse.cards[index]) {
        findCandidates(in: places)
        for candidate in candidates {
          let weight = weight(of: Int(candidate), kind: reuse.cards[index].kind)
          total += weight
          if random.unit() * total < weight { chosen = (Int(candidate), index) }
        }
      }
      index = reuse.draw(&random)
    }
    if let chosen {
      reuse.deal(chosen.card)
      return chosen.object
    }
    // A card that reaches beyond the stack waits until new objects have made it longer.
    if places(of: reuse.cards[first]) == nil, newLeft > 0, let new = reuse.first(.newObject) {
      return dealNew(new)
    }
    return substitute(for: reuse.deal(first))
  }

  private mutating func dealNew(_ index: Int) -> Int {
    reuse.deal(index)
    newLeft -= 1
    return stack.count
  }

  /// How much an object wants to be asked for by a card of `kind`: the more, the more requests it
  /// has left over what it should have left by now. Found by trial on recorded traces.
  private func weight(of object: Int, kind: Int) -> Double {
    let sinceBirth = Double(requests - births[object])
    let rest = Double(requests - made + 1)
    let urgency = Double(left[object]) * sinceBirth / (Double(counts[object]) * rest)
    let cube = urgency * urgency * urgency
    let weight = min(cube * cube, 1e60)
    return kind == RequestModel.kind(of: counts[object]) ? weight : weight * 0.3
  }

  /// The part of the stack that a card names; nil for a new object, and if the stack ends before.
  private func places(of card: ReuseCard) -> Range<Int>? {
    guard card != .newObject else { return nil }
    let values = card.places
    guard values.lowerBound < stack.count else { return nil }
    return values.lowerBound..<min(values.upperBound, stack.count)
  }

  /// Sets `candidates` to objects at `places` with requests left, as many in a row as may compete.
  private mutating func findCandidates(in places: Range<Int>) {
    candidates.removeAll(keepingCapacity: true)
    var ranks = stack.markedRanks(in: places)
    if ranks.count > Self.mostCandidates {
      let start = ranks.lowerBound + random.index(below: ranks.count - Self.mostCandidates + 1)
      ranks = start..<(start + Self.mostCandidates)
    }
    stack.appendMarked(ranks, to: &candidates)
  }

  /// An object near a card's range, which holds none with requests left.
  private mutating func substitute(for card: ReuseCard) -> Int {
    // Only where the trace begins anew in a short one can there be nothing at all.
    guard stack.count > 0 else { return 0 }
    let places = places(of: card) ?? (stack.count - 1)..<stack.count
    let rank = stack.markedRanks(in: places).lowerBound
    if let near = nearest(to: places, rank: rank) { return near }
    return stack.object(at: places.lowerBound + random.index(below: places.count))
  }

  private mutating func begin() -> Int {
    let object = stack.push()
    popularity.refill()
    let count = popularity.cards.isEmpty ? 1 : popularity.deal(popularity.draw(&random))
    counts.append(count)
    births.append(made - 1)
    left.append(count - 1)
    if count > 1 { stack.mark(object, true) }
    if let sizeModel {
      sizes.append(sizeModel.size(of: UInt64(object)))
    } else if !model.sizes.isEmpty {
      let kind = RequestModel.kind(of: count)
      let size = model.sizes[kind].value(at: sizeDraws[kind].fraction())
      sizes.append(UInt32(min(max(size + 0.5, 1), 0xFFFF_FFFF)))
    }
    return object
  }

  /// How much further down or up, as a factor, an object with requests left is looked for.
  private static let reach = 1.25

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

extension LikenessGenerator: RequestStream {
  mutating func fill(_ batch: inout RequestBatch, count: Int) {
    batch.removeAll()
    for _ in 0..<count {
      let object = next()
      batch.keys.append(UInt64(object))
      if !sizes.isEmpty { batch.sizes.append(sizes[object]) }
    }
  }
}

/// Cards dealt in random order, each once, and then all again.
private struct Deck<Card: Equatable> {
  private(set) var cards: [Card]
  private var dealt = 0

  init(_ cards: [Card] = []) { self.cards = cards }

  /// Begins anew if all cards were dealt; says whether they were.
  @discardableResult
  mutating func refill() -> Bool {
    guard dealt == cards.count else { return false }
    dealt = 0
    return true
  }

  /// The index of the first `card` that was not dealt yet.
  func first(_ card: Card) -> Int? { cards[dealt...].firstIndex(of: card) }

  /// The index of a card that was not dealt yet.
  func draw(_ random: inout RandomStream) -> Int {
    dealt + random.index(below: cards.count - dealt)
  }

  /// Deals the card at `index`, which `draw` gave.
  @discardableResult
  mutating func deal(_ index: Int) -> Card {
    cards.swapAt(dealt, index)
    dealt += 1
    return cards[dealt - 1]
  }
}
