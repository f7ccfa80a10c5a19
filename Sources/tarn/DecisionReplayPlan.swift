import ArgumentParser
import TarnSim
import TarnTraceFormat

/// `tarn replay --decisions`: every recording by itself, whatever becomes of the others.
struct DecisionReplayPlan {
  private let paths: [String]
  private let json: Bool
  private let reads: String?

  init(_ command: ReplayCommand) throws(ReplayError) {
    let plain = ReplayCommand.plain
    let given = [
      ("--policy", command.policy != plain.policy),
      ("--capacity", command.capacity != plain.capacity), ("--mode", command.mode != plain.mode),
      ("--touch", command.touch != plain.touch), ("--jobs", command.jobs != plain.jobs),
      ("--intern", command.intern),
    ]
    if let (option, _) = given.first(where: \.1) {
      throw ReplayError(
        "\(option): a recording of decisions is replayed as it was configured; leave it out")
    }
    paths = command.traces
    json = command.json
    reads = command.reads
  }

  /// Replays the recordings and prints what came of each; a difference decides the exit status
  /// before a file that cannot be read does.
  func run() throws {
    var status: Int32 = 0
    let list = try reads.map { try ReadList(path: $0) }
    for path in paths {
      var meter = CountLine(isShown: Terminal.isWatched, verb: "replaying \(path)")
      do {
        let report = try DecisionReplay.run(path: path, answered: list?.append) {
          meter.show($0)
        }
        meter.clear()
        Terminal.printLine(json ? report.jsonLine : report.text)
        if report.difference != nil { status = ExitStatus.objectiveBroken }
      } catch {
        meter.clear()
        TraceCommand.complain("\(error)")
        status = max(status, ExitStatus.badInput)
      }
    }
    try list?.finish()
    if status != 0 { throw ExitCode(status) }
  }
}
