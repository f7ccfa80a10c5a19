import Foundation
import TarnTraceFormat

/// Where recordings go and what they are called.
enum RecordingPlace {
  /// Makes the folder, with its parents, where it is missing.
  static func prepare(_ directory: String) throws(TraceError) {
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    } catch {
      throw TraceError(
        .unwritable, path: directory,
        "cannot be made a folder of recordings; name one that the node may write")
    }
  }

  /// `20260117-093005` in UTC, for `nanoseconds` since 1970.
  static func stamp(_ nanoseconds: UInt64) -> String {
    var seconds = time_t(clamping: nanoseconds / 1_000_000_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ value: Int32, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let date = padded(parts.tm_year + 1900, 4) + padded(parts.tm_mon + 1, 2)
    let time = padded(parts.tm_hour, 2) + padded(parts.tm_min, 2) + padded(parts.tm_sec, 2)
    return date + padded(parts.tm_mday, 2) + "-" + time
  }

  /// The wall clock: nanoseconds since 1970.
  static func wallClock() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
  }

  /// A path in `directory`.
  static func path(_ directory: String, _ name: String) -> String {
    directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }
}
