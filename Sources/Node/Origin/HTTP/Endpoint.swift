/// Where an object store listens: `http://127.0.0.1:8333` or `https://host/path`.
struct Endpoint: Sendable, Equatable {
  /// `http` or `https`.
  var scheme: String
  /// Host and port as in the Host header.
  var authority: String
  /// What comes before every path, without a slash at its end; mostly empty.
  var path: String
  /// The host alone, without the brackets of an address of version 6.
  private(set) var host = ""
  private(set) var port = 0

  /// Throws `.failed`, naming the text, if it is no such URL.
  init(_ text: String) throws(OriginError) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    let rest = parts.count == 2 ? parts[1] : ""
    scheme = parts.first?.lowercased() ?? ""
    guard scheme == "http" || scheme == "https", rest.hasPrefix("//"),
      !rest.utf8.contains(where: {
        $0 <= 0x20 || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#")
      })
    else {
      throw .failed("the endpoint '\(text)' is no URL like http://host:port or https://host")
    }
    let place = rest.dropFirst(2)
    authority = String(place.prefix { $0 != "/" })
    path = String(place.dropFirst(authority.count))
    while path.hasSuffix("/") { path.removeLast() }
    guard !authority.isEmpty, !authority.contains("@") else {
      throw .failed("the endpoint '\(text)' must name a host, and no user")
    }
    guard let (host, port) = Endpoint.place(authority, usual: scheme == "https" ? 443 : 80) else {
      throw .failed("the endpoint '\(text)' must name a host, and a port of 1 to 65535 if any")
    }
    (self.host, self.port) = (host, port)
  }

  /// `host`, `host:80`, `[::1]` or `[::1]:80`.
  private static func place(_ authority: String, usual: Int) -> (host: String, port: Int)? {
    var host = Substring(authority)
    var rest = Substring()
    if host.first == "[" {
      guard let end = host.firstIndex(of: "]") else { return nil }
      rest = host[host.index(after: end)...]
      host = host[..<end].dropFirst()
    } else if let colon = host.firstIndex(of: ":") {
      rest = host[colon...]
      host = host[..<colon]
    }
    guard !host.isEmpty else { return nil }
    if rest.isEmpty { return (String(host), usual) }
    guard rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
    return (String(host), Int(port))
  }

  var text: String { "\(scheme)://\(authority)\(path)" }
}
