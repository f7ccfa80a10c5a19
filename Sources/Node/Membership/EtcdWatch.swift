internal import TarnCore

/// Lists the keys once and follows what becomes of them, by revision: after a break it goes on where
/// it was, unless etcd has forgotten that part of its history and everything must be listed anew.
struct EtcdWatch {
  private let client: EtcdClient
  private let prefix: String
  private var members: [UInt16: EtcdMember] = [:]
  /// The next revision to hear of; nil before the first list.
  private var next: Int64?

  /// A watch that begins with a list, or at revision `next`.
  init(_ client: EtcdClient, prefix: String, from next: Int64? = nil) {
    self.client = client
    self.prefix = prefix
    self.next = next
  }

  /// Follows until the connection breaks or the task is cancelled. `confirm` hears the members after
  /// each answer of etcd, changed or not.
  mutating func follow(
    _ confirm: ([MemberPlace]) -> Void
  ) async throws(EtcdError) {
    if next == nil {
      try await list()
      confirm(places)
    }
    guard let start = next else { return }
    let request = Etcd.WatchRequest(
      create_request: Etcd.WatchRequest.Create(
        key: Etcd.Text(prefix), range_end: Etcd.Text(Etcd.rangeEnd(prefix)),
        start_revision: Etcd.Number(start)))
    var watch = self
    defer { self = watch }
    try await client.stream("/v3/watch", request, Etcd.WatchResponse.self) {
      answer throws(EtcdError) in
      let goesOn = try watch.take(answer)
      if goesOn { confirm(watch.places) }
      return goesOn && !Task.isCancelled
    }
  }

  private mutating func list() async throws(EtcdError) {
    let range = try await client.call(
      "/v3/kv/range",
      Etcd.RangeRequest(key: Etcd.Text(prefix), range_end: Etcd.Text(Etcd.rangeEnd(prefix))),
      Etcd.RangeResponse.self)
    members = [:]
    for pair in range.kvs ?? [] { put(pair) }
    next = (range.header.revision?.value ?? 0) + 1
  }

  /// False if this stream has no more to say.
  private mutating func take(_ answer: Etcd.WatchResponse) throws(EtcdError) -> Bool {
    guard let result = answer.result else {
      throw EtcdError("etcd ended a watch: \(answer.error?.message ?? "without a reason")")
    }
    if result.created ?? false, let revision = result.header?.revision?.value,
      let next, revision + 1 < next
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
    if let revision = result.header?.revision?.value { next = max(next ?? 0, revision + 1) }
    return true
  }

  private mutating func put(_ pair: Etcd.KeyValue) {
    // A key of someone else's, or a value that is no member: nobody to talk to.
    guard let ordinal = EtcdRegistration.ordinal(of: pair.key.value, under: prefix) else { return }
    let member = EtcdRegistration.member(pair.value)
    members[ordinal] = member.flatMap { $0.weight > 0 ? $0 : nil }
  }

  private var places: [MemberPlace] {
    members.sorted { $0.key < $1.key }.map { ordinal, member in
      MemberPlace(
        Member(
          node: NodeID(ordinal), weight: member.weight, rack: member.rack, zone: member.zone),
        at: NodeConfiguration.SocketPlace(host: member.host, port: member.port))
    }
  }
}
