public import TarnCore

/// Which containers clients may name, and where they are.
public protocol ContainerDirectory: Sendable {
  /// The place of a container that the tenant may use; nil if it may not, or if it is not served:
  /// who may not use a container is not told that it exists.
  func place(container: String, tenant: TenantID) -> ContainerPlace?
  /// Containers that the tenant may use, in order of their names.
  func all(tenant: TenantID) async throws(OriginError) -> [ContainerListing]
}
