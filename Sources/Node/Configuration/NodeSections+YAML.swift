internal import Crypto
internal import TarnCore
internal import TarnSettings

extension NodeConfiguration.Flash {
  init(_ section: Section) {
    self.init()
    directory = section.value("directory", .text, default: directory)
    isCompressed =
      section.value("compression", .choice("none", of: ["none", "lz4"]), default: "none") == "lz4"
    engine = section.value("engine", .choice(.automatic), default: engine)
    section.finish()
  }
}

extension NodeConfiguration.OriginPlace {
  init(_ section: Section) {
    self.init(store: section)
    settings = OriginPathConfiguration(section)
    paths = section.field("paths")?.items().map { Path($0.section()) } ?? []
    section.finish()
  }

  fileprivate init(store section: Section) {
    let name = section.required("name", .name)
    let kind = section.required("kind", .choice("directory", of: ["directory", "s3", "azure"]))
    switch kind {
    case "s3":
      self.init(
        name: name,
        kind: .s3(
          endpoint: section.required("endpoint", .url),
          region: section.value("region", .text, default: "us-east-1"),
          accessKey: section.field("access_key")?.value(.secret),
          secretKey: section.field("secret_key")?.value(.secret)))
    case "azure":
      self.init(
        name: name,
        kind: .azure(
          endpoint: section.required("endpoint", .url),
          account: section.required("account", .name),
          sharedKey: section.field("key")?.value(.secret),
          sas: section.field("sas")?.value(.secret)))
    default:
      self.init(name: name, kind: .directory(path: section.required("path", .text)))
    }
  }
}

extension NodeConfiguration.OriginPlace.Path {
  init(_ section: Section) {
    self.init(
      place: NodeConfiguration.OriginPlace(store: section),
      settings: OriginPathConfiguration(section))
    section.finish()
  }
}

extension OriginPathConfiguration {
  /// What the cores know of a path to an origin.
  fileprivate init(_ section: Section) {
    self.init()
    isBudgeted = section.value("budgeted", .flag, default: isBudgeted)
    isAuthoritative = section.value("authoritative", .flag, default: isAuthoritative)
    timeoutNanoseconds = section.field("timeout")?.value(
      .duration(atLeast: "1ms", atMost: "1h"))
    let most = ValueReader<UInt64>.duration(atMost: "1h")
    penaltyMicroseconds = UInt32(section.value("penalty", most, default: 0) / 1000)
  }
}

extension NodeConfiguration.Container {
  init(_ section: Section) {
    self.init(name: section.required("name", .text))
    origin = section.field("origin")?.value(.name)
    originContainer = section.field("container")?.value(.text)
    consistency = section.value("consistency", .consistency, default: consistency)
    tenants = section.field("tenants").map { $0.items(orSingle: true).map { $0.value(.name) } }
    section.finish()
  }
}

extension NodeConfiguration.Tenant {
  init(_ section: Section) {
    let secret = section.required("secret_key", .secret)
    self.init(
      name: section.required("name", .name), accessKey: section.required("access_key", .secret),
      secretKey: secret,
      salt: section.field("salt")?.value(.salt) ?? NodeConfiguration.Tenant.salt(of: secret))
    mayWrite = section.value("writes", .flag, default: mayWrite)
    section.finish()
  }

  /// A salt that all nodes that know the secret agree on: 16 bytes of its SHA-256 behind a label.
  static func salt(of secret: String) -> TenantSalt {
    let digest = Array(SHA256.hash(data: Array("tarn salt\n\(secret)".utf8)))
    guard let salt = TenantSalt(bytes: digest[..<16]) else {
      preconditionFailure("a digest has 16 bytes and more")
    }
    return salt
  }
}

extension NodeConfiguration.Cell {
  init(_ section: Section) {
    self.init()
    name = section.value("name", .name, default: name)
    listen = section.value("listen", .socket, default: listen)
    advertise = section.field("advertise")?.value(.socket)
    ordinal = section.field("ordinal")?.value(.whole(0...65_534))
    capacity = section.value("capacity", .count(1...65_535), default: capacity)
    weight = section.value("weight", .whole(1...255), default: weight)
    rack = section.value("rack", .whole(0...65_535), default: rack)
    zone = section.value("zone", .whole(0...255), default: zone)
    secret = section.field("secret")?.value(.secret)
    readDiscovery(section)
    section.finish()
  }

  private mutating func readDiscovery(_ section: Section) {
    let nodes = section.field("nodes")
    let dns = section.section("dns")
    let etcd = section.section("etcd")
    if [nodes != nil, dns != nil, etcd != nil].filter({ $0 }).count != 1 {
      section.report("finds its nodes in one way; give one of nodes, dns, etcd")
    }
    if let nodes {
      discovery = .list(nodes.items().map { $0.value(.socket) })
    } else if let dns {
      discovery = .dns(
        name: dns.required("name", .text),
        port: dns.value("port", .count(1...65_535), default: listen.port),
        everyNanoseconds: dns.value(
          "every", .duration(atLeast: "1s", atMost: "1h"), default: 5_000_000_000))
      dns.finish()
    } else if let etcd {
      discovery = .etcd(
        endpoints: etcd.requiredItems("endpoints", wanted: "etcd's URLs", orSingle: true)
          .map { $0.value(.url) },
        prefix: etcd.value("prefix", .text, default: "/tarn/\(name)/nodes/"))
      etcd.finish()
    }
  }
}

extension NodeConfiguration.Recording {
  init(_ section: Section) {
    self.init()
    directory = section.required("directory", .text)
    decisions = section.value("decisions", .flag, default: decisions)
    section.finish()
  }
}

extension NodeConfiguration.Log {
  init(_ section: Section) {
    self.init()
    format = section.value("format", .choice(.text), default: format)
    let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
    level = section.value("level", .choice("info", of: levels), default: level)
    section.finish()
  }
}
