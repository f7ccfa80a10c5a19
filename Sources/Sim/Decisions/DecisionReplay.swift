import TarnCore
import TarnDecisions
public import TarnTraceFormat

/// Replays a recording of decisions: a fresh core of the recorded configuration is told what the
/// recorded one was told, and must decide the same, effect for effect.
public struct DecisionReplay: ~Copyable {
  private var reader: DecisionLogReader
  private let configuration: SharedConfiguration
  private var core: CacheNode
  private var effects = Effects()
  /// Views by version; the digest tells those of one version apart.
  private var views: [UInt64: [ClusterView]] = [:]
  private var step: [UInt8] = []
  private var report: DecisionReplayReport
  private var reads = RecordedReads()

  private init(_ reader: consuming DecisionLogReader) {
    let header = reader.header
    configuration = SharedConfiguration(header.configuration)
    core = CacheNode(configuration, id: header.node, incarnation: header.incarnation)
    report = DecisionReplayReport(path: reader.path, header)
    self.reader = reader
  }

  /// Replays the recording at `path` up to its end or the first difference.
  ///
  /// - Parameters:
  ///   - answered: called with every read when it was answered.
  ///   - progress: called now and then with the steps so far.
  /// - Throws: `TraceError` if the file is damaged or no recording.
  public static func run(
    path: String,
    answered: ((RecordedRead, DecisionReplayReport) throws(TraceError) -> Void)? = nil,
    progress: (UInt64) -> Void = { _ in }
  ) throws(TraceError) -> DecisionReplayReport {
    var replay = DecisionReplay(try DecisionLogReader(path: path))
    let start = Replay.threadCPUSeconds()
    try replay.run(answered, progress)
    replay.report.hash = replay.core.decisionHash
    replay.report.seconds = Replay.threadCPUSeconds() - start
    replay.report.end = replay.reader.end
    return replay.report
  }

  private mutating func run(
    _ answered: ((RecordedRead, DecisionReplayReport) throws(TraceError) -> Void)?,
    _ progress: (UInt64) -> Void
  ) throws(TraceError) {
    while report.difference == nil, let entry = try reader.next() {
      switch entry {
      case .step(let record):
        try take(record)
        if let answered { for read in reads.take(record) { try answered(read, report) } }
        if report.steps & 0xFFFF == 0 { progress(report.steps) }
      case .view(let view):
        report.views += 1
        views[view.version, default: []].append(view)
      case .restart(let incarnation):
        report.restarts += 1
        reads.restart()
        core = CacheNode(configuration, id: reader.header.node, incarnation: incarnation)
      case .checkpoint(_, let hash):
        report.checkpoints += 1
        guard hash != core.decisionHash else { continue }
        report.difference = DecisionDifference(
          step: report.steps, recordedHash: hash, replayedHash: core.decisionHash)
      }
    }
  }

  private mutating func take(_ record: DecisionRecord) throws(TraceError) {
    report.steps += 1
    report.effects += UInt64(record.effects.count)
    let input: Input
    switch record.event {
    case .input(let recorded): input = recorded
    case .view(let version, let digest):
      guard let view = views[version]?.first(where: { $0.digest == digest }) else {
        throw reader.damage(
          "step \(report.steps) tells of a view (version \(version)) whose "
            + "members were not recorded")
      }
      input = .view(ClusterViewReference(view))
    }
    effects.removeAll()
    core.step(input, keys: record.keys.span, at: record.time, into: &effects)
    step.removeAll(keepingCapacity: true)
    DecisionRecord.encode(
      input, at: record.time, keys: record.keys.span, effects: effects, into: &step)
    if reader.isLastStep(step) { return }
    report.difference = DecisionDifference(
      step: report.steps, record, replayed: (0..<effects.count).map { effects[$0] })
  }
}
