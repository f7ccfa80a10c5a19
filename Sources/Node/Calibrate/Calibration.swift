internal import NIOPosix

/// Measures a machine, its network and an origin, so that a simulation of them can be believed.
public enum Calibration {
  /// What to measure and for how long.
  public struct Settings: Sendable {
    /// Name of the node class that is written.
    public var className = "measured"
    /// Stated, not measured: a scenario's class must say them.
    public var gpus = 1
    public var nodesPerRack = 1
    /// Seconds that each of memory, flash, network and origin takes, about.
    public var seconds = 20.0
    /// Runs of each measurement; figures are their medians. 1 to 100.
    public var runs = 5
    /// Memory copies of this many threads at once count as the node's bandwidth.
    public var threads = HostResources.read().processors
    /// Nil: flash is not measured.
    public var flash: FlashPlace?
    /// Where `CalibrationPeer` listens on another machine; nil for loopback.
    public var peer: NodeConfiguration.SocketPlace?
    /// Bytes of a cache's block: what it will read the origin in.
    public var blockBytes: UInt64 = 4 << 20
    /// Nil: no origin is measured.
    public var origin: OriginPlace?

    public init() {}
  }

  /// A folder on the flash device.
  public struct FlashPlace: Sendable {
    public var directory: String
    /// Bytes of the temporary file, 2 MiB at least. More than the drive's own cache is honest.
    public var fileBytes: UInt64
    public init(directory: String, fileBytes: UInt64 = 1 << 30) {
      self.directory = directory
      self.fileBytes = fileBytes
    }
  }

  /// An object of an origin to read from.
  public struct OriginPlace: Sendable {
    public var origin: any Origin
    /// The first that the origin lists if nil.
    public var container: String?
    /// The largest of the first 10,000 keys if nil.
    public var key: String?
    public init(_ origin: any Origin, container: String? = nil, key: String? = nil) {
      self.origin = origin
      self.container = container
      self.key = key
    }
  }

  /// Measures one thing after the other; `progress` hears what is measured now, from any thread.
  ///
  /// Throws `CalibrationError`, and `CancellationError` between two measurements if its task is
  /// cancelled. Whatever happens, the temporary file is removed and sockets are closed.
  public static func measure(
    _ settings: Settings, progress: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> CalibrationReport {
    let settings = try checked(settings)
    let threads = NIOThreadPool(
      numberOfThreads: max(settings.threads, FlashMeasurement.depths.max() ?? 1))
    threads.start()
    do {
      let report = try await measure(settings, on: threads, progress)
      try await threads.shutdownGracefully()
      return report
    } catch {
      try await threads.shutdownGracefully()
      throw error
    }
  }

  private static func checked(_ settings: Settings) throws(CalibrationError) -> Settings {
    guard settings.seconds > 0, settings.seconds <= 3_600 else {
      throw .setting("seconds", "\(settings.seconds)", "give more than 0 and at most 3600")
    }
    guard (1...100).contains(settings.runs) else {
      throw .setting("runs", "\(settings.runs)", "give 1 to 100")
    }
    guard (1...1_024).contains(settings.threads) else {
      throw .setting("threads", "\(settings.threads)", "give 1 to 1024")
    }
    guard (4 << 10...64 << 20).contains(settings.blockBytes) else {
      throw .setting("block", "\(settings.blockBytes) B", "give 4 KiB to 64 MiB")
    }
    guard (1...1_024).contains(settings.gpus) else {
      throw .setting("gpus", "\(settings.gpus)", "give 1 to 1024")
    }
    guard settings.className.wholeMatch(of: /[A-Za-z0-9_-]+/) != nil else {
      throw .setting("name", "'\(settings.className)'", "give letters, digits, - and _")
    }
    if let flash = settings.flash, flash.fileBytes < 2 << 20 {
      throw .setting("file size", "\(flash.fileBytes) B", "give 2 MiB at least")
    }
    return settings
  }

  private static func measure(
    _ settings: Settings, on threads: NIOThreadPool,
    _ progress: @escaping @Sendable (String) -> Void
  ) async throws -> CalibrationReport {
    let plan = MeasuringPlan(
      seconds: settings.seconds, runs: settings.runs, threads: threads, progress: progress)
    // What is named wrongly shows now, not when everything before it has been measured.
    let file = try settings.flash.map { try ScratchFile(in: $0.directory, bytes: $0.fileBytes) }
    if let peer = settings.peer { try await NetworkMeasurement.check(plan, peer) }
    var reader: OriginReader?
    if let place = settings.origin { reader = try await OriginReader(place, plan) }
    var report = CalibrationReport(
      settings: settings, machine: MachineDescription.read(),
      memory: try await MemoryMeasurement.measure(plan, threads: settings.threads),
      network: try await NetworkMeasurement.measure(plan, peer: settings.peer))
    if let file { report.flash = try await FlashMeasurement.measure(plan, file) }
    if let reader {
      report.origin = try await OriginMeasurement.measure(plan, reader, block: settings.blockBytes)
    }
    return report
  }
}

/// Why something can't be measured.
public enum CalibrationError: Error, Equatable, CustomStringConvertible {
  /// A setting's name, value and bounds.
  case setting(String, String, String)
  /// What failed, on what, and the cure.
  case flash(String)
  case network(String)
  case origin(String)

  public var description: String {
    switch self {
    case .setting(let name, let value, let cure): "calibrate: \(name) is \(value); \(cure)"
    case .flash(let reason): "calibrate: flash: \(reason)"
    case .network(let reason): "calibrate: network: \(reason)"
    case .origin(let reason): "calibrate: origin: \(reason)"
    }
  }
}

/// How long each measurement may take, and who does the blocking work.
struct MeasuringPlan: Sendable {
  /// Of one part: memory, say.
  var seconds: Double
  var runs: Int
  var threads: NIOThreadPool
  var progress: @Sendable (String) -> Void

  /// Nanoseconds of one run if the part consists of `measurements`.
  func span(of measurements: Int) -> UInt64 {
    UInt64(max(1e6, seconds * 1e9 / Double(measurements * runs)))
  }

  /// Says what is measured, unless nobody wants it any more.
  func begin(_ what: String) throws {
    try Task.checkCancellation()
    progress(what)
  }

  /// Does `work` on `count` threads at once; the answers in no order.
  func onThreads<Answer: Sendable>(
    _ count: Int, _ work: @escaping @Sendable (_ thread: Int) throws -> Answer
  ) async throws -> [Answer] {
    try await withThrowingTaskGroup(of: Answer.self) { group in
      for thread in 0..<count {
        group.addTask { try await threads.runIfActive { try work(thread) } }
      }
      var answers: [Answer] = []
      for try await answer in group { answers.append(answer) }
      return answers
    }
  }
}
