import ArgumentParser
import TarnSim

extension TraceCommand {
  /// `tarn trace formats`.
  struct Formats: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the formats that Tarn reads.",
      discussion: """
        Any of them may be packed with gzip or zstd, but Tarn's own, which is packed already. The \
        content tells the format; --format NAME says it where that leaves a doubt.
        """)

    func run() {
      for format in TraceFormat.allCases {
        print("\(TraceCommand.pad(format.rawValue, to: 16))\(format.summary)")
      }
    }
  }
}
