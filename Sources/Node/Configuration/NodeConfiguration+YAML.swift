internal import Foundation
internal import TarnCore
public import TarnSettings

extension NodeConfiguration {
  /// Reads a node's configuration.
  ///
  /// - Parameters:
  ///   - text: YAML as `deploy/node.yaml` shows it.
  ///   - file: the file's name, for messages.
  ///   - overrides: `path=value`, applied in order before anything is read.
  /// - Throws: everything that is wrong, each with its line and cure.
  public init(yaml text: String, file: String, overrides: [String] = []) throws(SettingsError) {
    let document = try SettingsDocument(
      yaml: text, file: file, schema: "deploy/node.yaml", overrides: overrides)
    self.init()
    read(document.root)
    if document.diagnostics.issues.isEmpty { check(document.root) }
    try document.diagnostics.throwIfAny()
  }

  /// Reads the configuration in a file.
  public static func load(
    _ file: String, overrides: [String] = []
  ) throws(SettingsError) -> NodeConfiguration {
    try NodeConfiguration(yaml: SettingsDocument.text(of: file), file: file, overrides: overrides)
  }

  private mutating func read(_ root: Section) {
    if let field = root.field("threads") { threads = field.value(.count(1...1_024)) }
    listen = root.value("listen", .socket, default: listen)
    admin = root.value("admin", .socket, default: admin)
    blockBytes = root.value("block", .block, default: blockBytes)
    domain = root.field("domain")?.value(.text)
    let span = ValueReader<UInt64>.duration(atLeast: "1ms", atMost: "1h")
    readDeadlineNanoseconds = root.value("read_deadline", span, default: readDeadlineNanoseconds)
    readAhead = root.value("read_ahead", .count(1...256), default: readAhead)
    if let section = root.section("flash") { flash = Flash(section) }
    if root.field("origins") != nil {
      let wanted = "a list of object stores"
      origins = root.requiredItems("origins", wanted: wanted).map { OriginPlace($0.section()) }
    }
    if let field = root.field("containers") {
      containers = field.items().map { Container($0.section()) }
    }
    if let field = root.field("tenants") { tenants = field.items().map { Tenant($0.section()) } }
    if let section = root.section("cell") { cell = Cell(section) }
    if let section = root.section("recording") { recording = Recording(section) }
    if let section = root.section("log") { log = Log(section) }
    readCache(root)
    root.finish()
  }

  private mutating func readCache(_ root: Section) {
    var settings = NodeConfiguration.defaultCacheSettings
    if let section = root.section("cache") { settings = CacheSettings(section, over: settings) }
    let core = CacheConfiguration()
    var budget = (core.originRequestsPerSecond, core.originBytesPerSecond)
    if case .fixed(let requests, let bytes, _) = settings.budget { budget = (requests, bytes) }
    cache = settings.coreConfiguration(
      deviceBytes: NodeConfiguration.deviceBytes(of: flash.directory), budget: budget,
      tenants: tenants.map(\.name))
    if let first = origins.first {
      cache.originPaths = [first.settings] + first.paths.map(\.settings)
    }
    if let problem = cache.problem() {
      root.report("\(problem)", at: "cache")
    }
  }

  /// Bytes of the file system that holds the folder, or will.
  static func deviceBytes(of directory: String) -> UInt64 {
    var path = URL(fileURLWithPath: directory).standardizedFileURL
    while path.path != "/", !FileManager.default.fileExists(atPath: path.path) {
      path.deleteLastPathComponent()
    }
    var status = statvfs()
    guard statvfs(path.path, &status) == 0 else { return 0 }
    return UInt64(status.f_blocks) * UInt64(status.f_frsize)
  }

  // MARK: What belongs together

  private func check(_ root: Section) {
    checkReach(root)
    checkNames(root)
    if let cell, let ordinal = cell.ordinal, Int(ordinal) >= cell.capacity {
      root.report(
        "is \(ordinal); with a capacity of \(cell.capacity) use 0 to \(cell.capacity - 1)",
        at: "cell.ordinal")
    }
    if case .list(let nodes) = cell?.discovery, nodes.count > cell?.capacity ?? 0 {
      root.report("lists \(nodes.count) nodes; raise cell.capacity", at: "cell.nodes")
    }
  }

  /// Who can connect must be asked who he is.
  private func checkReach(_ root: Section) {
    if tenants.isEmpty && !listen.isLoopback {
      root.report(
        "is \(listen), where others can connect; name tenants with keys, or listen on 127.0.0.1",
        at: "listen")
    }
    guard let cell, cell.secret == nil else { return }
    var places = [cell.listen]
    if let advertise = cell.advertise { places.append(advertise) }
    if case .list(let nodes) = cell.discovery { places += nodes }
    if let place = places.first(where: { !$0.isLoopback }) {
      root.report(
        "is missing, and \(place) is not loopback; give all nodes of the cell one secret",
        at: "cell.secret")
    }
  }

  /// A core chooses path 0, 1, ... of whatever origin a block has.
  private func checkPaths(_ root: Section) {
    for (index, origin) in origins.enumerated() {
      let names = [origin.name] + origin.paths.map(\.place.name)
      for (path, name) in names.enumerated().dropFirst() where names[..<path].contains(name) {
        root.report(
          "\(name) is named twice; give each path its own name",
          at: "origins[\(index)].paths[\(path - 1)].name")
      }
      guard
        origin.settings != origins[0].settings
          || origin.paths.map(\.settings) != origins[0].paths.map(\.settings)
      else { continue }
      root.report(
        "has other paths than \(origins[0].name); give all origins as many, with the same settings",
        at: "origins[\(index)].paths")
    }
  }

  private func checkNames(_ root: Section) {
    let originNames = origins.map(\.name)
    for (index, name) in originNames.enumerated() where originNames[..<index].contains(name) {
      root.report("\(name) is named twice; give each origin its own name", at: "origins[\(index)]")
    }
    checkPaths(root)
    for (index, container) in containers.enumerated() {
      if let origin = container.origin, !originNames.contains(origin) {
        root.report(
          "'\(origin)' is no origin; \(suggestion(for: origin, among: originNames))",
          at: "containers[\(index)].origin")
      }
      for tenant in container.tenants ?? [] where !tenants.contains(where: { $0.name == tenant }) {
        root.report(
          "'\(tenant)' is no tenant; \(suggestion(for: tenant, among: tenants.map(\.name)))",
          at: "containers[\(index)].tenants")
      }
    }
    for (index, tenant) in tenants.enumerated()
    where tenants[..<index].contains(where: { $0.accessKey == tenant.accessKey }) {
      root.report(
        "has the access key of another tenant; keys tell tenants apart", at: "tenants[\(index)]")
    }
  }
}
