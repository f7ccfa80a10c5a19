public import TarnCore

/// Where a container's objects come from, and how old what is known of them may be.
public struct ContainerPlace: Sendable {
  public var origin: any Origin
  /// Further paths to the same objects.
  public var paths: [any Origin] = []
  /// Its name at the origin.
  public var name: String
  public var consistency: NodeConfiguration.Container.Consistency

  /// A container's place; its objects lie at `origin` and, under the same versions, at `paths`.
  public init(
    origin: any Origin, paths: [any Origin] = [], name: String,
    consistency: NodeConfiguration.Container.Consistency
  ) {
    self.origin = origin
    self.paths = paths
    self.name = name
    self.consistency = consistency
  }

  /// What path 0, 1, ... leads to; the last stands for those beyond it.
  public func origin(by path: OriginPath) -> any Origin {
    guard path != .first, let last = paths.last else { return origin }
    let index = Int(path.rawValue) - 1
    return index < paths.count ? paths[index] : last
  }
}
