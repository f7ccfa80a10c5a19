public import TarnCore

/// Finds out who is in the cell. Watched, never asked: what it says last stays true until it says
/// something else, so losing the source of truth freezes the members and stops nothing.
public protocol Membership: Sendable {
  /// Begins to watch. `onChange` is called with all members that are known, now and whenever they
  /// change, on any thread, one call at a time. This node may be among them or not.
  func start(onChange: @escaping @Sendable ([MemberPlace]) -> Void) async
  /// Ends watching, and this node's own registration where there is one.
  func stop() async
  /// When the source last confirmed what it says, on the node's clock; `.never` if it never needs to.
  var confirmedAt: Instant { get }
}

/// A member and where to reach it.
public struct MemberPlace: Hashable, Sendable {
  public var member: Member
  public var place: NodeConfiguration.SocketPlace
  /// `member` at `place`.
  public init(_ member: Member, at place: NodeConfiguration.SocketPlace) {
    self.member = member
    self.place = place
  }
}
