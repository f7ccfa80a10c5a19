/// Where a container's objects come from, and how old what is known of them may be.
public struct ContainerPlace: Sendable {
  public var origin: any Origin
  /// Its name at the origin.
  public var name: String
  public var consistency: NodeConfiguration.Container.Consistency
}
