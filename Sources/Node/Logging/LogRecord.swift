internal import Glibc
internal import Logging

/// One line of the log.
struct LogRecord {
  /// What is longer is cut: one line stays one piece in a pipe as long as the whole fits 4 KiB, and a
  /// mistaken megabyte does not fill the disk.
  static let mostBytesOfText = 8 << 10

  var time = LogTime.now
  var level: Logger.Level
  var message: String
  var label: String
  var metadata: Logger.Metadata

  /// The line with its line feed.
  func line(_ format: NodeConfiguration.Log.Format) -> String {
    switch format {
    case .json: json
    case .text: text
    }
  }

  // MARK: JSON

  private var json: String {
    var line = "{\"time\":\"\(time.text)\",\"level\":\"\(level.rawValue)\",\"message\":"
    JSONText.append(Self.cut(message), to: &line)
    line += ",\"logger\":"
    JSONText.append(label, to: &line)
    if !metadata.isEmpty {
      line += ",\"metadata\":"
      Self.append(.dictionary(metadata), to: &line)
    }
    return line + "}\n"
  }

  private static func append(_ value: Logger.MetadataValue, to line: inout String) {
    switch value {
    case .string(let string): JSONText.append(cut(string), to: &line)
    case .stringConvertible(let value): JSONText.append(cut(value.description), to: &line)
    case .array(let values):
      line += "["
      for (index, value) in values.enumerated() {
        if index > 0 { line += "," }
        append(value, to: &line)
      }
      line += "]"
    case .dictionary(let values):
      line += "{"
      for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { line += "," }
        JSONText.append(key, to: &line)
        line += ":"
        append(value, to: &line)
      }
      line += "}"
    }
  }

  // MARK: Text

  private var text: String {
    let name = level.rawValue.uppercased()
    let space = String(repeating: " ", count: 8 - name.utf8.count)
    var line = "\(time.text) \(name)\(space) \(Self.cut(message).map(Self.printable).joined())"
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      line += " \(Self.word(key))="
      line += Self.word(Self.cut(Self.flat(value)))
    }
    return line + "\n"
  }

  /// Nested values in one word: `[a, b]`, `{k: v}`.
  private static func flat(_ value: Logger.MetadataValue) -> String {
    switch value {
    case .string(let string): string
    case .stringConvertible(let value): value.description
    case .array(let values): "[\(values.map(flat).joined(separator: ", "))]"
    case .dictionary(let values):
      "{"
        + values.sorted { $0.key < $1.key }.map { "\($0.key): \(flat($0.value))" }
        .joined(separator: ", ") + "}"
    }
  }

  /// In quotes unless it reads as one word without them.
  private static func word(_ text: String) -> String {
    let isWord = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x7F }
    if isWord, !text.isEmpty { return text }
    var quoted = ""
    JSONText.append(text, to: &quoted)
    return quoted
  }

  /// A message must not look like the start of another line, nor move the terminal's cursor.
  private static func printable(_ character: Character) -> String {
    let isControl = character.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
    guard isControl else { return String(character) }
    var quoted = ""
    JSONText.append(String(character), to: &quoted)
    return String(quoted.dropFirst().dropLast())
  }

  private static func cut(_ text: String) -> String {
    guard text.utf8.count > mostBytesOfText else { return text }
    let kept = String(decoding: text.utf8.prefix(mostBytesOfText), as: UTF8.self)
    return kept + "... (\(text.utf8.count - mostBytesOfText) bytes more)"
  }
}

/// A moment of the wall clock, in milliseconds since 1970.
struct LogTime: Equatable {
  var milliseconds: Int64

  static var now: LogTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return LogTime(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }

  /// RFC 3339 in UTC: `2026-01-31T23:59:59.042Z`.
  var text: String {
    var seconds = time_t(milliseconds / 1_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let date = [parts.tm_mon + 1, parts.tm_mday].map { Self.digits(Int($0), 2) }
    let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { Self.digits(Int($0), 2) }
    return "\(Self.digits(Int(parts.tm_year) + 1_900, 4))-\(date.joined(separator: "-"))"
      + "T\(clock.joined(separator: ":")).\(Self.digits(Int(milliseconds % 1_000), 3))Z"
  }

  private static func digits(_ number: Int, _ count: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
  }
}
