internal import Glibc
internal import NIOPosix

/// The system's own look-up of names (`getaddrinfo(3)`), which blocks and so has a thread.
public enum SystemResolver {
  /// The IPv4 and IPv6 addresses of a name, as text, each once.
  public static func addresses(of name: String) async throws -> [String] {
    try await NIOThreadPool.singleton.runIfActive { try lookUp(name) }
  }

  private static func lookUp(_ name: String) throws(ResolverError) -> [String] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(name, nil, &hints, &list)
    guard status == 0 else {
      throw ResolverError(name: name, reason: String(cString: gai_strerror(status)))
    }
    defer { freeaddrinfo(list) }
    var addresses: [String] = []
    var next = list
    while let entry = next?.pointee {
      if let text = text(of: entry), !addresses.contains(text) { addresses.append(text) }
      next = entry.ai_next
    }
    return addresses
  }

  private static func text(of entry: addrinfo) -> String? {
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = getnameinfo(
      entry.ai_addr, entry.ai_addrlen, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
    guard status == 0 else { return nil }
    return String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// A name that can't be resolved.
public struct ResolverError: Error, Equatable, Sendable, CustomStringConvertible {
  public var name: String
  public var reason: String
  public var description: String {
    "the name \(name) has no addresses (\(reason)): correct cell.discovery.dns.name or the service"
  }
}
