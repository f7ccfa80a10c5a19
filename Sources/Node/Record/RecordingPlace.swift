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

  /// Names that are tried for one file.
  static let mostAttempts = 1_000

  /// Every name that was tried is taken.
  static func full(_ directory: String) -> TraceError {
    TraceError(
      .exists, path: directory,
      "holds \(mostAttempts) recordings of this second; give each node a folder of its own")
  }

  /// Creates the file `STEM.SUFFIX`, or `STEM-2.SUFFIX` and so on where that is taken.
  static func create(
    _ directory: String, _ stem: String, _ suffix: String
  ) throws(TraceError) -> OutputFile {
    for attempt in 1...mostAttempts {
      let name = attempt == 1 ? "\(stem).\(suffix)" : "\(stem)-\(attempt).\(suffix)"
      do throws(TraceError) {
        return try OutputFile(path: path(directory, name), appearing: .atOnce, replacing: false)
      } catch {
        guard error.kind == .exists else { throw error }
      }
    }
    throw full(directory)
  }

  /// The wall clock: nanoseconds since 1970.
  static func wallClock() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
  }

  /// A node's name as a part of files' names: what is neither letter, digit, dot nor underscore
  /// becomes a dash.
  static func part(of node: String) -> String {
    let clean = node.unicodeScalars.map { scalar -> Character in
      let isPlain =
        scalar.isASCII
        && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
          || scalar == "." || scalar == "_")
      return isPlain ? Character(scalar) : "-"
    }
    return clean.isEmpty ? "node" : String(clean.prefix(64))
  }

  /// A path in `directory`.
  static func path(_ directory: String, _ name: String) -> String {
    directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }
}
