internal import Foundation
public import TarnCore
public import TarnSettings

extension NodeConfiguration {
  /// The cache of a node that nothing was said about: 1 GiB of memory, 4 GiB of flash.
  public static var defaultCacheSettings: CacheSettings {
    var settings = CacheSettings()
    settings.memoryBytes = 1 << 30
    settings.flashCapacity = .bytes(4 << 30)
    settings.flashSegmentBytes = 64 << 20
    return settings
  }

  /// The same as a core takes it.
  public static var defaultCache: CacheConfiguration {
    let core = CacheConfiguration()
    return defaultCacheSettings.coreConfiguration(
      deviceBytes: 0, budget: (core.originRequestsPerSecond, core.originBytesPerSecond),
      tenants: [])
  }

  /// `$XDG_CACHE_HOME/tarn-node`, `~/.cache/tarn-node`, or a folder of the user's in `/tmp`.
  public static var defaultFlashDirectory: String {
    let environment = ProcessInfo.processInfo.environment
    if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
      return cache + "/tarn-node"
    }
    if let home = environment["HOME"], home.hasPrefix("/"), home != "/" {
      return home + "/.cache/tarn-node"
    }
    return "/tmp/tarn-node-\(getuid())"
  }

  /// What one of `count` shards is configured with: its part of the node's bytes and budget.
  public func cache(ofShards count: Int) -> CacheConfiguration {
    var part = cache
    part.memoryBytes = cache.memoryBytes / UInt64(count)
    part.flashBytes = cache.flashBytes / UInt64(count)
    part.originRequestsPerSecond = max(1, cache.originRequestsPerSecond / UInt64(count))
    part.originBytesPerSecond = max(1, cache.originBytesPerSecond / UInt64(count))
    return part
  }

  /// The name of a directory's one container: its last component.
  public static func containerName(ofDirectory path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
  }
}

extension NodeConfiguration.SocketPlace: CustomStringConvertible {
  /// `host:port`, an IPv6 address in brackets.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Whether only this machine can connect.
  public var isLoopback: Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }
}
