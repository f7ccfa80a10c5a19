import TarnCore
@testable import TarnSim

/// A world of no models: every read takes as long as the test says.
struct FakeWorld<Load: Workload & ~Copyable>: ~Copyable {
  struct Answer {
    var delay: Nanoseconds
    var source = Source.memory
    var failure = Failure.none
  }
  struct Read: Equatable {
    var node: UInt32
    var key: BlockKey
    var at: UInt64
    var length: UInt32
  }
  struct Put: Equatable {
    var node: UInt32
    var key: BlockKey
    var parent: BlockKey
    var at: UInt64
  }
  struct Question: Equatable {
    var node: UInt32
    var at: UInt64
  }
  private enum Item {
    case event(WorkloadEvent)
    case reply(node: UInt32, Reply)
    case prefix(node: UInt32, PrefixReply)
    case lost(UInt32)
    case returned(UInt32)
  }
  private struct Pending {
    var time: UInt64
    var sequence: Int
    var item: Item
  }

  private var load: Load
  private var actions = WorkloadActions(capacity: 4)
  private var heap: [Pending] = []
  private var sequence = 0
  private var outstanding: [UInt32: Int] = [:]
  private var held: [UInt32: Set<BlockKey>] = [:]
  private(set) var now: UInt64 = 0
  private(set) var reads: [Read] = []
  private(set) var puts: [Put] = []
  private(set) var hints: [PrefetchHint] = []
  private(set) var mostOutstanding = 0
  var answer: (_ node: UInt32, _ key: BlockKey, _ now: UInt64) -> Answer = { _, _, _ in
    Answer(delay: 1)
  }
  var lookUpDelay: Nanoseconds = 1
  var putDelay: Nanoseconds = 1
  var messageDelay: Nanoseconds = 1
  /// From a node to the accounts, and back; nil if nothing arrives.
  var storeDelay: Nanoseconds? = 1
  private(set) var questions: [Question] = []

  init(_ load: consuming Load) { self.load = load }

  mutating func lose(_ node: UInt32, at time: UInt64) { push(.lost(node), at: time) }
  mutating func restore(_ node: UInt32, at time: UInt64) { push(.returned(node), at: time) }

  /// Runs from 0 up to and including `end`, then closes the books.
  mutating func run(until end: UInt64) -> WorkloadFigures {
    load.start(at: .zero, into: &actions)
    carryOut()
    while let next = pop(through: end) {
      now = next.time
      let time = Instant(nanoseconds: now)
      switch next.item {
      case .event(let event): load.handle(event, at: time, into: &actions)
      case .reply(let node, let reply):
        outstanding[node, default: 0] -= 1
        load.completed(reply, at: time, into: &actions)
      case .prefix(_, let reply): load.prefixAnswered(reply, at: time, into: &actions)
      case .lost(let node):
        held[node] = nil
        load.nodeLost(node, at: time, into: &actions)
      case .returned(let node): load.nodeReturned(node, at: time, into: &actions)
      }
      carryOut()
    }
    return load.finish(at: Instant(nanoseconds: end))
  }

  private mutating func carryOut() {
    var next = 0
    while next < actions.count {
      perform(actions[next])
      next += 1
    }
    actions.removeAll()
  }

  private mutating func perform(_ action: WorkloadAction) {
    switch action {
    case .schedule(let event, let time): push(.event(event), at: time.nanoseconds)
    case .hint(_, let hint): hints.append(hint)
    case .message(let event, _, _): push(.event(event), at: now + messageDelay)
    case .askStore(let event, let node, _):
      questions.append(Question(node: node, at: now))
      if let delay = storeDelay { push(.event(event), at: now + delay) }
    case .answerFromStore(let answered, _, _, _, _):
      if let delay = storeDelay { push(.event(answered), at: now + delay) }
    case .read(let node, let request, let time):
      let start = time.nanoseconds
      reads.append(Read(node: node, key: request.key, at: start, length: request.length))
      outstanding[node, default: 0] += 1
      mostOutstanding = max(mostOutstanding, outstanding[node, default: 0])
      let answer = answer(node, request.key, start)
      let reply = Reply(
        request: request.request, slot: 0, length: request.length, source: answer.source,
        failure: answer.failure)
      push(.reply(node: node, reply), at: start + answer.delay)
    case .put(let node, let request):
      puts.append(Put(node: node, key: request.key, parent: request.parent, at: now))
      held[node, default: []].insert(request.key)
      outstanding[node, default: 0] += 1
      let reply = Reply(
        request: request.request, slot: 0, length: request.length, source: .memory, failure: .none)
      push(.reply(node: node, reply), at: now + putDelay)
    case .lookUpPrefix(let node, let request, let chain):
      let keys = actions.keys[chain.range]
      let found = keys.prefix { held[node]?.contains($0) ?? false }.count
      let reply = PrefixReply(
        request: request.request, localBlocks: UInt32(found), totalBlocks: UInt32(found))
      push(.prefix(node: node, reply), at: now + lookUpDelay)
    }
  }

  private mutating func push(_ item: Item, at time: UInt64) {
    heap.append(Pending(time: time, sequence: sequence, item: item))
    sequence += 1
    var child = heap.count - 1
    while child > 0, precedes(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func pop(through end: UInt64) -> Pending? {
    guard let first = heap.first, first.time <= end else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while 2 * parent + 1 < heap.count {
      var child = 2 * parent + 1
      if child + 1 < heap.count, precedes(child + 1, child) { child += 1 }
      guard precedes(child, parent) else { break }
      heap.swapAt(child, parent)
      parent = child
    }
    return first
  }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    (heap[left].time, heap[left].sequence) < (heap[right].time, heap[right].sequence)
  }
}

/// A seeded generator for tests (SplitMix64).
struct TestRandom: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return mix64(state)
  }
}

let millisecond: UInt64 = 1_000_000
let second: UInt64 = 1_000_000_000
let blockBytes: UInt32 = 4 << 20

func dataset(blocks: UInt32) -> Dataset {
  Dataset(
    object: ObjectIdentity(high: 1, low: 2), tenant: TenantID(3),
    bytes: UInt64(blocks) * UInt64(blockBytes), blockBytes: blockBytes)
}
