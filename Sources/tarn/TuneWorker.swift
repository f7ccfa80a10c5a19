import Foundation
import TarnSim

/// `tarn tune --run-job`: answers jobs, a line in, a line out, so that it fits behind a pipe.
struct TuneWorker {
  private let command: TuneCommand

  init(_ command: TuneCommand) throws(ReplayError) {
    self.command = command
    if command.listJobs || !command.collect.isEmpty || command.export != nil {
      throw ReplayError(
        "--run-job answers jobs only; leave out --list-jobs, --collect and --export")
    }
  }

  /// Answers every line of standard input; each source is read once while its jobs come together.
  func run() throws {
    var open: (name: String, source: TuneSource)?
    var number = 0
    while let line = readLine() {
      number += 1
      if line.allSatisfy(\.isWhitespace) { continue }
      do {
        let job = try TuneJob(line: line)
        let path = command.input ?? job.source
        let isSized = job.trace?.isSized ?? false
        let name = "\(path) \(isSized)"
        if open?.name != name {
          open = nil
          open = (name, try source(path, isTrace: job.trace != nil, isSized: isSized))
        }
        guard let source = open?.source else { return }
        Terminal.printLine(TuneRecord(job, try source.run(job)).line)
      } catch let error as ReplayError {
        throw ReplayError("standard input:\(number): \(error)")
      }
    }
  }

  private func source(_ path: String, isTrace: Bool, isSized: Bool) throws -> TuneSource {
    guard isTrace else { return .fleet(try TuneFleet(path: path)) }
    return .trace(
      try TuneTrace(path: path, options: try command.readOptions(path, isSized: isSized)))
  }
}
