import ArgumentParser
import TarnSim
import TarnTraceFormat

extension TraceCommand {
  /// `tarn trace generate`.
  struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a synthetic trace: block requests or KV prompts.",
      discussion: """
        Choose one model. REQUESTS: --zipf, --uniform, --loop, --epochs or --reuse over --objects, \
        which may be mixed with one-pass scans and with objects that are asked for once; sizes \
        follow from the object's id, arrivals are random at a constant rate. KV PROMPTS (--kv, and \
        without any model): sessions of several turns arrive at random, share system prompts, and \
        each turn extends the chain of the turn before. --like fits the model to a recorded trace \
        of either kind and prints how far the fit is off. The same arguments give the same file on \
        every machine. Counts may be written 50_000_000 or 50M, shares 0.1 or 10%, sizes 4MiB. \
        traces/README.md states the models.

          tarn trace generate --zipf 1.0 --objects 1M --requests 50M --output zipf.tarn
          tarn trace generate --epochs 3 --objects 100k --size fixed:4MiB --output train.tarn
          tarn trace generate --like recorded.tarn --output like.tarn
          tarn trace generate --kv --requests 2000 --seed 7 --output small.tarn
        """)

    @OptionGroup(title: "Which model") var model: Model
    @OptionGroup(title: "Requests") var shape: Shape
    @OptionGroup(title: "The trace") var outline: Outline

    func run() throws {
      try TraceCommand.reportingFault { () throws(RecipeFault) in
        try model.check()
        try shape.check(model: model)
      }
      if model.isRequests { return try makeRequests() }
      guard let like = model.like else { return try makePrompts() }
      let hasRequests = try TraceCommand.reporting { () throws(TraceError) in
        try RecordedRequests.areIn(path: like)
      }
      if hasRequests { try makeRequests(like: like) } else { try makePrompts() }
    }
  }

  /// Runs `body` and turns its fault into one line and exit status 2.
  static func reportingFault<Result>(_ body: () throws(RecipeFault) -> Result) throws -> Result {
    do throws(RecipeFault) {
      return try body()
    } catch {
      complain("\(error)")
      throw ExitCode(ExitStatus.badInput)
    }
  }
}
