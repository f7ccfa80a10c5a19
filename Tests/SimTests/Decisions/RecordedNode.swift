import TarnCore
import TarnDecisions

/// A core with a small driver of its own, recorded as it goes: clients read, the origin answers now
/// and then with a fault, and views come and go.
struct RecordedNode: ~Copyable {
  private static let id = NodeID(2)
  static var configuration: CacheConfiguration {
    var configuration = CacheConfiguration()
    configuration.memoryBytes = 8 << 20
    configuration.memoryEviction = EvictionConfiguration(.lru)
    configuration.flashBytes = 16 << 20
    configuration.flashSegmentBytes = 4 << 20
    return configuration
  }

  private var core = CacheNode(RecordedNode.configuration, id: RecordedNode.id)
  private var encoder: DecisionLogEncoder
  private var framer = DecisionFramer()
  private var file = DecisionLogHeader(
    node: RecordedNode.id, configuration: RecordedNode.configuration
  ).bytes
  private var effects = Effects()
  private var view = ClusterView(
    version: 1, capacity: 4,
    members: [Member(node: NodeID(0), rack: 0), Member(node: NodeID(2), rack: 1)])
  private var now: UInt64 = 0
  private var numbers: TestNumbers
  private let chunkSteps: UInt64

  init(seed: UInt64, chunkSteps: UInt64 = 100, checkpointInterval: UInt64 = 32) {
    numbers = TestNumbers(seed)
    self.chunkSteps = chunkSteps
    encoder = DecisionLogEncoder(checkpointInterval: checkpointInterval)
  }

  var hash: UInt64 { core.decisionHash }
  var steps: UInt64 { encoder.steps }

  /// Runs so many rounds and returns the file's bytes.
  mutating func run(_ rounds: Int) -> [UInt8] {
    announce(view)
    for round in 0..<rounds {
      now += numbers.below(30_000_000)
      if round % 40 == 39 {
        let isThere = view.contains(NodeID(0))
        announce(
          view.changing([
            (node: NodeID(0), member: isThere ? nil : Member(node: NodeID(0), rack: 0))
          ]))
      }
      let request = ReadRequest(
        key: BlockKey(high: numbers.below(64) &* 0x9E37_79B9_7F4A_7C15, low: numbers.below(64)),
        request: RequestID(UInt64(round)), deadline: Instant(nanoseconds: now + 2_000_000_000),
        length: 1 << 20, tenant: TenantID(0))
      step(.read(request))
      if round % 7 == 0 { step(.wake) }
    }
    var bytes = file
    framer.append(encoder.ending(.finished), to: &bytes)
    return bytes
  }

  private mutating func announce(_ next: ClusterView) {
    view = next
    encoder.record(view: next)
    step(.view(ClusterViewReference(next)))
  }

  private mutating func step(_ input: Input) {
    core.step(input, at: Instant(nanoseconds: now), into: &effects)
    encoder.record(
      input, keys: Span(), at: Instant(nanoseconds: now), effects: effects,
      hash: core.decisionHash)
    if encoder.steps % chunkSteps == 0 { framer.append(encoder.take(), to: &file) }
    var answers: [Input] = []
    effects.drain { effect in
      switch effect {
      case .readOrigin(let operation, _, _, _, _):
        answers.append(.originCompleted(operation, OriginStatus(.ok)))
      case .writeFlash(let operation, _, _), .readFlash(let operation, _, _),
        .moveFlash(let operation, _, _):
        answers.append(.flashCompleted(operation, .ok))
      default: break
      }
    }
    for answer in answers {
      now += 1_000
      let isFaulty = numbers.below(5) == 0
      if isFaulty, case .originCompleted(let operation, _) = answer {
        step(.originCompleted(operation, OriginStatus(.throttled, retryAfterMilliseconds: 3)))
      } else {
        step(answer)
      }
    }
  }
}
