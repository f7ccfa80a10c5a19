internal import Glibc

/// What the kernel says about this process, under the names that Prometheus's client libraries share.
public struct ProcessFigures: Sendable, Equatable {
  public var residentBytes: UInt64
  public var virtualBytes: UInt64
  /// User and system, all threads.
  public var cpuSeconds: Double
  public var threads: UInt64
  public var openDescriptors: UInt64
  public var mostDescriptors: UInt64
  /// Seconds since 1970.
  public var startSeconds: Double

  /// The process now; nil without `/proc`.
  public static func read() -> ProcessFigures? {
    guard let line = smallFile("/proc/self/stat"), let system = smallFile("/proc/stat") else {
      return nil
    }
    var limit = rlimit()
    _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return ProcessFigures(
      processLine: line, systemText: system, ticksPerSecond: Double(sysconf(CInt(_SC_CLK_TCK))),
      pageBytes: UInt64(sysconf(CInt(_SC_PAGESIZE))), openDescriptors: countDescriptors(),
      mostDescriptors: UInt64(limit.rlim_cur))
  }

  /// From the texts of `/proc/self/stat` and `/proc/stat` (proc_pid_stat(5), proc_stat(5)); nil if
  /// they are of another form.
  init?(
    processLine: String, systemText: String, ticksPerSecond: Double, pageBytes: UInt64,
    openDescriptors: UInt64, mostDescriptors: UInt64
  ) {
    // The second field is the command in parentheses, which may hold spaces and parentheses.
    guard let command = processLine.lastIndex(of: ")") else { return nil }
    let fields = processLine[command...].split { $0 == " " || $0 == "\n" }.dropFirst()
    // Counted as in the manual, where the field after the command is number 3.
    func field(_ number: Int) -> UInt64? {
      let index = fields.startIndex + number - 3
      return index < fields.endIndex ? UInt64(fields[index]) : nil
    }
    let boot = systemText.split(separator: "\n").first { $0.hasPrefix("btime ") }
      .flatMap { Double($0.dropFirst(6)) }
    guard let user = field(14), let kernel = field(15), let threads = field(20),
      let start = field(22), let virtual = field(23), let pages = field(24), let boot
    else { return nil }
    residentBytes = pages * pageBytes
    virtualBytes = virtual
    cpuSeconds = Double(user + kernel) / ticksPerSecond
    self.threads = threads
    self.openDescriptors = openDescriptors
    self.mostDescriptors = mostDescriptors
    startSeconds = boot + Double(start) / ticksPerSecond
  }

  /// Entries of `/proc/self/fd`, without the one that reading it opens.
  private static func countDescriptors() -> UInt64 {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count: UInt64 = 0
    while readdir(folder) != nil { count += 1 }
    // ".", ".." and the folder itself.
    return count > 3 ? count - 3 : 0
  }

  var families: [MetricFamily] {
    [
      .gauge(
        "process_resident_memory_bytes", "Resident memory size in bytes.", .count(residentBytes)),
      .gauge(
        "process_virtual_memory_bytes", "Virtual memory size in bytes.", .count(virtualBytes)),
      cpuFamily,
      .gauge("process_threads", "Threads of the process.", .count(threads)),
      .gauge("process_open_fds", "Number of open file descriptors.", .count(openDescriptors)),
      .gauge(
        "process_max_fds", "Maximum number of open file descriptors.", .count(mostDescriptors)),
      .gauge(
        "process_start_time_seconds",
        "Start time of the process since unix epoch in seconds.", .number(startSeconds)),
    ]
  }

  private var cpuFamily: MetricFamily {
    var family = MetricFamily(
      "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", .counter)
    family.add(.number(cpuSeconds))
    return family
  }
}
