import ArgumentParser
import TarnSim

// Values are read by hand, so that what is wrong with one is said in one line.
extension TraceCommand.Generate {
  /// Which model; one at most.
  struct Model: ParsableArguments {
    @Option(
      parsing: .unconditional,
      help: "Independent draws; the object of rank r in proportion to r^-S, S from 0 to 3.")
    var zipf: String?
    @Flag(help: "Independent draws, each object equally likely.") var uniform = false
    @Flag(help: "Objects 0, 1, 2, ... to the last and again from 0.") var loop = false
    @Option(
      parsing: .unconditional,
      help: "Each object once an epoch, in a new order each time; says how many epochs.")
    var epochs: String?
    @Option(
      parsing: .unconditional,
      help: """
        The object at a drawn place of the LRU stack of all objects: lru-stack (half of the places \
        within 1 % of the objects), lru-stack:lognormal:MEDIAN,SIGMA or lru-stack:pareto:MIN,ALPHA.
        """)
    var reuse: String?
    @Flag(help: "KV prompts, like the Mooncake conversation trace.") var kv = false
    @Option(parsing: .unconditional, help: "A trace to resemble: block requests or KV prompts.")
    var like: String?

    var isRequests: Bool { zipf != nil || uniform || loop || epochs != nil || reuse != nil }

    /// The options that name a model, as they were given.
    var given: [String] {
      [
        zipf.map { "--zipf \($0)" }, uniform ? "--uniform" : nil, loop ? "--loop" : nil,
        epochs.map { "--epochs \($0)" }, reuse.map { "--reuse \($0)" }, kv ? "--kv" : nil,
        like.map { "--like \($0)" },
      ].compactMap { $0 }
    }

    func check() throws(RecipeFault) {
      guard given.count > 1 else { return }
      throw RecipeFault(given[1], "", "leave out \(given[0]): a trace has one model")
    }
  }

  /// What shapes a trace of requests.
  struct Shape: ParsableArguments {
    @Option(parsing: .unconditional, help: "How many objects; 100,000 if not given.") var objects:
      String?
    @Option(
      parsing: .unconditional,
      help: "Share of requests in one-pass scans of fresh, consecutive ids.")
    var scanShare: String?
    @Option(parsing: .unconditional, help: "Requests of a scan; 1,000 if not given.")
    var scanLength: String?
    @Option(
      parsing: .unconditional,
      help: "Share of requests for fresh objects that are asked for this once.")
    var oneHitShare: String?
    @Option(
      parsing: .unconditional,
      help: "With --zipf: every so many draws each object falls a rank, the last becomes the first."
    )
    var drift: String?
    @Flag(help: "With --zipf and --reuse: ids are ranks, from 0, not scrambled.") var ranks = false
    @Option(
      parsing: .unconditional,
      help: """
        The objects' sizes: fixed:4MiB, lognormal:MEDIAN,SIGMA, uniform:LO,HI, \
        pareto:MIN,ALPHA[,MAX], or with --like: like. Without, the trace has none.
        """)
    var size: String?

    private var given: [(option: String, value: String)] {
      [
        ("--objects", objects), ("--scan-share", scanShare), ("--scan-length", scanLength),
        ("--one-hit-share", oneHitShare), ("--drift", drift), ("--ranks", ranks ? "" : nil),
        ("--size", size),
      ].compactMap { option, value in value.map { (option, $0) } }
    }

    func check(model: Model) throws(RecipeFault) {
      let (allowed, owner): ([String], String) =
        model.isRequests
        ? (allowedWithModel(model), model.given[0])
        : model.like != nil ? (["--size"], "--like") : ([], "KV prompts")
      for (option, value) in given where !allowed.contains(option) {
        let cure =
          model.isRequests || model.like != nil
          ? "does not go with \(owner)"
          : "is for requests: choose --zipf, --uniform, --loop, --epochs or --reuse too"
        throw RecipeFault(option, value, cure)
      }
      if scanLength != nil && scanShare == nil {
        throw RecipeFault("--scan-length", scanLength ?? "", "give --scan-share too")
      }
      if size == "like" && model.like == nil {
        throw RecipeFault("--size", "like", "give --like TRACE, whose sizes are meant")
      }
    }

    private func allowedWithModel(_ model: Model) -> [String] {
      // An epoch is each object once and nothing else.
      if model.epochs != nil { return ["--objects", "--size"] }
      let mixed = ["--objects", "--scan-share", "--scan-length", "--one-hit-share", "--size"]
      return mixed + (model.zipf != nil ? ["--drift", "--ranks"] : [])
        + (model.reuse != nil ? ["--ranks"] : [])
    }
  }

  /// How much, how fast, and where to.
  struct Outline: ParsableArguments {
    @Option(
      parsing: .unconditional,
      help: """
        How many requests or prompts. If not given: as many as the trace of --like, the epochs' \
        objects, 1,000,000 requests or 12,000 prompts.
        """)
    var requests: String?
    @Option(parsing: .unconditional, help: "Which of the many traces that fit; 1 if not given.")
    var seed: String?
    @Option(
      parsing: .unconditional,
      help: """
        Requests a second, at random. If not given, requests have no times, unless those of --like \
        have some, and prompts have the model's rate.
        """)
    var rate: String?
    @Option(
      parsing: .unconditional,
      help: "The trace to write: *.tarn; requests also *.oracleGeneral, prompts also *.jsonl.")
    var output: String

    func seedNumber() throws(RecipeFault) -> UInt64 {
      guard let seed else { return 1 }
      guard let number = UInt64(seed) else {
        throw RecipeFault("--seed", seed, "a whole number from 0 to 2^64 - 1 is needed")
      }
      return number
    }

    func requestCount() throws(RecipeFault) -> UInt64? {
      guard let requests else { return nil }
      let count = try RecipeText.count(requests, for: "--requests")
      guard count >= 1 && count <= RequestRecipe.mostRequests else {
        throw RecipeFault(
          "--requests", requests,
          "a whole number from 1 to \(RequestRecipe.mostRequests) is needed")
      }
      return count
    }

    func rateNumber() throws(RecipeFault) -> Double? {
      guard let rate else { return nil }
      let number = try RecipeText.number(rate, for: "--rate")
      guard number >= 1e-3 && number <= 1e9 else {
        throw RecipeFault("--rate", rate, "a number from 0.001 to 1e9 a second is needed")
      }
      return number
    }

    /// Checks the output's name: it says the format, and `other` names the one beside *.tarn.
    func checkName(_ endings: [String], saying names: String) throws(RecipeFault) {
      guard endings.contains(where: { output.hasSuffix($0) }) else {
        throw RecipeFault("--output", output, "name it \(names)")
      }
    }
  }
}
