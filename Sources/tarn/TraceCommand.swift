import ArgumentParser
import Foundation
import TarnSim
import TarnTraceFormat

/// `tarn trace`: look into traces, convert them, make them.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Look into traces, convert them, make them.",
    discussion: """
      Tarn reads its own format (traces/FORMAT.md), libCacheSim's, CSV, JSON Lines and those of \
      many public traces, plain, gzip or zstd, and tells them apart by content.

        tarn trace formats
        tarn trace info traces/kv-sample.tarn
        tarn trace info cluster52.oracleGeneral.zst
        tarn trace convert conversation_trace.jsonl.gz conversation.tarn --spread
        tarn trace generate --like conversation.tarn --requests 2000 --output small.tarn
      """,
    subcommands: [
      Info.self, Head.self, Convert.self, Sample.self, Generate.self, Formats.self,
    ])

  /// Runs `body` and turns its error into one line and exit status 2.
  static func reporting<Result>(_ body: () throws(TraceError) -> Result) throws -> Result {
    do throws(TraceError) {
      return try body()
    } catch {
      complain("\(error)")
      if let signal = Interruption.signal { throw ExitCode(ExitStatus.signal(signal)) }
      throw ExitCode(ExitStatus.badInput)
    }
  }

  /// Says that the input is damaged, after what is whole was used: exit status 2.
  static func refuse(_ damage: [String], path: String) throws {
    guard !damage.isEmpty else { return }
    for place in damage.prefix(10) { complain("\(path): \(place)") }
    if damage.count > 10 { complain("\(path): and \(damage.count - 10) more damaged places") }
    throw ExitCode(ExitStatus.badInput)
  }

  /// One line on standard error.
  static func complain(_ text: String) {
    FileHandle.standardError.write(Data("tarn: \(text)\n".utf8))
  }

  /// `value` with `digits` decimals.
  static func decimal(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }

  static func pad(_ text: String, to width: Int) -> String {
    text.count < width ? text + String(repeating: " ", count: width - text.count) : text
  }
}
