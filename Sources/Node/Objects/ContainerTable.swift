public import TarnCore

/// The containers that clients may name, by configuration.
public struct ContainerTable: ContainerDirectory {
  /// What is decided about a container, looked up once.
  private struct Rule: Sendable {
    var origin: any Origin
    /// Further paths to the same objects.
    var paths: [any Origin]
    /// Its name at the origin; nil for the name that clients use.
    var originContainer: String?
    var consistency: NodeConfiguration.Container.Consistency
    /// Who may use it, by number; nil for all.
    var tenants: Set<Int>?
  }
  private let firstOrigin: any Origin
  private let named: [String: Rule]
  /// For containers without a rule of their own; nil if those are not served.
  private let others: Rule?

  /// - Parameters:
  ///   - origins: by name, at least one; the first is the default.
  ///   - paths: further paths to the objects of an origin, by its name.
  public init(
    origins: [(name: String, origin: any Origin)], paths: [String: [any Origin]] = [:],
    containers: [NodeConfiguration.Container], tenants: [String]
  ) {
    precondition(!origins.isEmpty, "a node has an origin")
    let byName = Dictionary(origins.map { ($0.name, $0.origin) }) { first, _ in first }
    let first = origins[0].origin
    func rule(_ container: NodeConfiguration.Container) -> Rule {
      let allowed = container.tenants.map { names in
        Set(tenants.indices.filter { names.contains(tenants[$0]) })
      }
      return Rule(
        origin: container.origin.flatMap { byName[$0] } ?? first,
        paths: paths[container.origin ?? origins[0].name] ?? [],
        originContainer: container.name == "*" ? nil : container.originContainer,
        consistency: container.consistency, tenants: allowed)
    }
    firstOrigin = first
    named = Dictionary(
      containers.filter { $0.name != "*" }.map { ($0.name, rule($0)) }
    ) { first, _ in first }
    let other = containers.first { $0.name == "*" }
    // Without any rule every container of the first origin is served.
    others = (other ?? (containers.isEmpty ? NodeConfiguration.Container(name: "*") : nil)).map(
      rule)
  }

  /// The place of a container that the tenant may use; nil if it may not, or if it is not served.
  public func place(container: String, tenant: TenantID) -> ContainerPlace? {
    guard container != "*" else { return nil }
    guard let rule = named[container] ?? others else { return nil }
    if let tenants = rule.tenants, !tenants.contains(Int(tenant.rawValue)) { return nil }
    return ContainerPlace(
      origin: rule.origin, paths: rule.paths, name: rule.originContainer ?? container,
      consistency: rule.consistency)
  }

  /// Containers that a tenant may use, as listed by the origins and by name.
  public func all(tenant: TenantID) async throws(OriginError) -> [ContainerListing] {
    var listings: [ContainerListing] = []
    if others != nil {
      for listing in try await firstOrigin.containers()
      where place(container: listing.name, tenant: tenant) != nil { listings.append(listing) }
    }
    let known = Set(listings.map(\.name))
    for name in named.keys.sorted() where !known.contains(name) {
      if place(container: name, tenant: tenant) != nil {
        listings.append(ContainerListing(name: name, created: 0))
      }
    }
    return listings.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}

extension ContainerTable: BlockOrigin {
  public func read(
    _ locator: BlockLocator, by path: OriginPath, into payload: Payload
  ) async throws(OriginError) {
    let object = locator.object
    guard let place = place(container: object.container, tenant: object.tenant) else {
      throw .noContainer
    }
    try await place.origin(by: path).read(
      OriginObject(container: place.name, key: object.key), version: object.version,
      range: locator.range, into: payload.bytes)
  }
}
