public import TarnCore

/// The containers that clients may name, by configuration.
public struct ContainerTable: ContainerDirectory {
  private let origins: [String: any Origin]
  private let firstOrigin: any Origin
  private let paths: [String: [any Origin]]
  private let firstName: String
  private let named: [String: NodeConfiguration.Container]
  private let others: NodeConfiguration.Container?
  /// Names of tenants by number.
  private let tenants: [String]

  /// - Parameters:
  ///   - origins: by name, at least one; the first is the default.
  ///   - paths: further paths to the objects of an origin, by its name.
  public init(
    origins: [(name: String, origin: any Origin)], paths: [String: [any Origin]] = [:],
    containers: [NodeConfiguration.Container], tenants: [String]
  ) {
    precondition(!origins.isEmpty, "a node has an origin")
    self.origins = Dictionary(origins.map { ($0.name, $0.origin) }) { first, _ in first }
    firstOrigin = origins[0].origin
    self.paths = paths
    firstName = origins[0].name
    named = Dictionary(containers.map { ($0.name, $0) }) { first, _ in first }
    others = containers.first { $0.name == "*" }
    self.tenants = tenants
  }

  /// The place of a container that the tenant may use; nil if it may not, or if it is not served.
  public func place(container: String, tenant: TenantID) -> ContainerPlace? {
    guard container != "*" else { return nil }
    let rule = named[container] ?? others
    // Without any rule every container of the first origin is served.
    guard let rule = rule ?? (named.isEmpty ? NodeConfiguration.Container(name: container) : nil),
      allows(rule, tenant)
    else { return nil }
    let origin = rule.origin.flatMap { origins[$0] } ?? firstOrigin
    let name = rule.name == "*" ? container : rule.originContainer ?? container
    return ContainerPlace(
      origin: origin, paths: paths[rule.origin ?? firstName] ?? [], name: name,
      consistency: rule.consistency)
  }

  private func allows(_ rule: NodeConfiguration.Container, _ tenant: TenantID) -> Bool {
    guard let allowed = rule.tenants else { return true }
    let number = Int(tenant.rawValue)
    return number < tenants.count && allowed.contains(tenants[number])
  }

  /// Containers that a tenant may use, as listed by the origins and by name.
  public func all(tenant: TenantID) async throws(OriginError) -> [ContainerListing] {
    var listings: [ContainerListing] = []
    if named.isEmpty || others != nil {
      for listing in try await firstOrigin.containers()
      where place(container: listing.name, tenant: tenant) != nil { listings.append(listing) }
    }
    let known = Set(listings.map(\.name))
    for name in named.keys.sorted() where name != "*" && !known.contains(name) {
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
