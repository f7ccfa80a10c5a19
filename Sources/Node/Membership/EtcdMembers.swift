internal import TarnCore

/// The members that etcd's answers tell of, and up to which revision.
///
/// Whoever can write to etcd can write anything: what is no member is left out, and what is one can
/// be used as it is.
struct EtcdMembers {
  private let prefix: String
  private var members: [UInt16: EtcdMember] = [:]
  /// The next revision to hear of; nil before the first list.
  private(set) var next: Int64?

  init(prefix: String, next: Int64?) {
    self.prefix = prefix
    self.next = next
  }

  /// Takes a whole list in place of what was known.
  mutating func replace(by range: Etcd.RangeResponse) {
    members = [:]
    for pair in range.kvs ?? [] { put(pair) }
    next = EtcdMembers.following(range.header.revision?.value ?? 0)
  }

  /// Takes an answer of a watch; false if this stream has no more to say.
  mutating func take(_ answer: Etcd.WatchResponse) throws(EtcdError) -> Bool {
    guard let result = answer.result else {
      throw EtcdError("etcd ended a watch: \(answer.error?.message ?? "without a reason")")
    }
    if result.created ?? false, let revision = result.header?.revision?.value,
      let next, EtcdMembers.following(revision) < next
    {
      // Its history is shorter than what we have seen: it is another etcd, or one that lost data.
      self.next = nil
      return false
    }
    if let compacted = result.compact_revision?.value, compacted > 0 {
      next = nil
      return false
    }
    if result.canceled ?? false {
      throw EtcdError("etcd ended a watch: \(result.cancel_reason ?? "without a reason")")
    }
    for event in result.events ?? [] {
      if event.type == "DELETE" {
        if let ordinal = EtcdRegistration.ordinal(of: event.kv.key.value, under: prefix) {
          members[ordinal] = nil
        }
      } else {
        put(event.kv)
      }
    }
    if let revision = result.header?.revision?.value {
      next = max(next ?? 0, EtcdMembers.following(revision))
    }
    return true
  }

  private mutating func put(_ pair: Etcd.KeyValue) {
    // A key of someone else's, or a value that is no member: nobody to talk to.
    guard let ordinal = EtcdRegistration.ordinal(of: pair.key.value, under: prefix) else { return }
    let member = EtcdRegistration.member(pair.value)
    members[ordinal] = member.flatMap { $0.isReachable ? $0 : nil }
  }

  /// In the order of their ordinals.
  var places: [MemberPlace] {
    members.sorted { $0.key < $1.key }.map { ordinal, member in
      MemberPlace(
        Member(
          node: NodeID(ordinal), weight: member.weight, rack: member.rack, zone: member.zone),
        at: NodeConfiguration.SocketPlace(host: member.host, port: member.port))
    }
  }

  /// The revision behind this one. No etcd ever counts to the last number.
  private static func following(_ revision: Int64) -> Int64 {
    revision == .max ? .max : revision + 1
  }
}

extension EtcdMember {
  /// Whether it can be placed and connected to.
  fileprivate var isReachable: Bool {
    weight > 0 && !host.isEmpty && (1...Int(UInt16.max)).contains(port)
  }
}
