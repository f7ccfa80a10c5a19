internal import Foundation
internal import TarnCore
internal import TarnSettings

extension ValueReader where Value == NodeConfiguration.SocketPlace {
  /// `host:port`.
  static var socket: ValueReader {
    ValueReader(wanted: "an address such as 127.0.0.1:7070", placeholder: Value(host: "", port: 0))
    {
      text throws(ValueProblem) in
      guard let place = Value(text) else {
        throw ValueProblem("\(quoted(text)) is no address; give one such as 127.0.0.1:7070")
      }
      return place
    }
  }
}

extension NodeConfiguration.SocketPlace {
  /// The place `host:port`; the host of an IPv6 address stands in brackets.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port)
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty, host.unicodeScalars.allSatisfy(Self.isOfHost) else { return nil }
    self.init(host: String(host), port: port)
  }

  /// Names are of letters, digits, dots, hyphens and underscores; addresses have colons, and perhaps a
  /// zone behind a percent sign (RFC 1123, section 2.1; RFC 6874, section 2).
  private static func isOfHost(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII
      && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        || "-._:%".unicodeScalars.contains(scalar))
  }
}

extension ValueReader where Value == NodeConfiguration.Container.Consistency {
  /// `immutable`, `validate`, or how long what is known is good.
  static var consistency: ValueReader {
    ValueReader(wanted: "immutable, validate, or a time such as 10s", placeholder: .validate) {
      text throws(ValueProblem) in
      switch text {
      case "immutable": return .immutable
      case "validate": return .validate
      default: return .ttl(try ValueReader<UInt64>.duration(atMost: "7d").read(text))
      }
    }
  }
}

extension ValueReader where Value == UInt32 {
  /// A block's size.
  static var block: ValueReader {
    ValueReader(wanted: "a size such as 4MiB", placeholder: 4 << 20) { text throws(ValueProblem) in
      let bytes = try ValueReader<UInt64>.size(atLeast: "4KiB", atMost: "64MiB").read(text)
      guard bytes & (bytes - 1) == 0 else {
        throw ValueProblem("\(text) is no power of two; use one from 4KiB to 64MiB")
      }
      return UInt32(bytes)
    }
  }
}

extension ValueReader where Value == TenantSalt {
  /// 32 hexadecimal digits.
  static var salt: ValueReader {
    ValueReader(
      wanted: "32 hexadecimal digits, from `openssl rand -hex 16`",
      placeholder: TenantSalt(key0: 0, key1: 0)
    ) { text throws(ValueProblem) in
      let problem = ValueProblem("is no salt; give the 32 digits of `openssl rand -hex 16`")
      let text = try ValueReader<String>.secret.read(text)
      guard text.utf8.count == 32, text.allSatisfy(\.isHexDigit),
        let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
      else { throw problem }
      return TenantSalt(key0: high.byteSwapped, key1: low.byteSwapped)
    }
  }
}

extension ValueReader where Value == String {
  /// A URL of HTTP.
  static var url: ValueReader {
    ValueReader(wanted: "a URL such as http://127.0.0.1:8333", placeholder: "http://127.0.0.1") {
      text throws(ValueProblem) in
      guard let url = URL(string: text), let scheme = url.scheme,
        scheme == "http" || scheme == "https", url.host != nil
      else {
        throw ValueProblem("\(quoted(text)) is no URL; give one such as http://127.0.0.1:8333")
      }
      return text
    }
  }

  /// A text that should not stand in the file: `env:NAME` takes it from the environment, `file:PATH`
  /// the first line of a file, as secrets are mounted.
  static var secret: ValueReader {
    ValueReader(wanted: "a text, env:NAME or file:PATH", placeholder: "") {
      text throws(ValueProblem) in
      if text.hasPrefix("env:") {
        let name = String(text.dropFirst(4))
        guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
          throw ValueProblem("names the environment variable \(name), which is not set")
        }
        return value
      }
      guard text.hasPrefix("file:") else { return text }
      let path = String(text.dropFirst(5))
      guard let data = FileManager.default.contents(atPath: path),
        let content = String(data: data, encoding: .utf8),
        let line = content.split(whereSeparator: \.isNewline).first
      else { throw ValueProblem("names the file \(path), which has no first line to read") }
      return String(line)
    }
  }
}
