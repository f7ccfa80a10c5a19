import Foundation

/// What the process has used since the meter was made. It informs people and decides nothing.
struct ResourceMeter {
  private let wallStart = Date()
  private let cpuStart = ResourceMeter.processCPUSeconds

  /// Seconds of wall time.
  var wallSeconds: Double { Date().timeIntervalSince(wallStart) }

  /// Seconds of processor time, user and system, all threads.
  var cpuSeconds: Double { ResourceMeter.processCPUSeconds - cpuStart }

  private static var usage: rusage {
    var usage = rusage()
    _ = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage
  }

  private static var processCPUSeconds: Double {
    let usage = usage
    let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
    return seconds + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
  }

  /// The process's largest resident size so far, bytes; Linux counts it in KiB.
  static var peakResidentBytes: UInt64 { UInt64(usage.ru_maxrss) * 1024 }
}
