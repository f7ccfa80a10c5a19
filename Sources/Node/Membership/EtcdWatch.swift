/// Lists the keys once and follows what becomes of them, by revision: after a break it goes on where
/// it was, unless etcd has forgotten that part of its history and everything must be listed anew.
struct EtcdWatch {
  private let client: EtcdClient
  private let prefix: String
  private var members: EtcdMembers

  /// A watch that begins with a list, or at revision `next`.
  init(_ client: EtcdClient, prefix: String, from next: Int64? = nil) {
    self.client = client
    self.prefix = prefix
    members = EtcdMembers(prefix: prefix, next: next)
  }

  /// Follows until the connection breaks or the task is cancelled. `confirm` hears the members after
  /// each answer of etcd, changed or not.
  mutating func follow(
    _ confirm: ([MemberPlace]) -> Void
  ) async throws(EtcdError) {
    if members.next == nil {
      try await list()
      confirm(members.places)
    }
    guard let start = members.next else { return }
    let request = Etcd.WatchRequest(
      create_request: Etcd.WatchRequest.Create(
        key: Etcd.Text(prefix), range_end: Etcd.Text(Etcd.rangeEnd(prefix)),
        start_revision: Etcd.Number(start)))
    var watch = self
    defer { self = watch }
    try await client.stream("/v3/watch", request, Etcd.WatchResponse.self) {
      answer throws(EtcdError) in
      let goesOn = try watch.members.take(answer)
      if goesOn { confirm(watch.members.places) }
      return goesOn && !Task.isCancelled
    }
  }

  private mutating func list() async throws(EtcdError) {
    let range = try await client.call(
      "/v3/kv/range",
      Etcd.RangeRequest(key: Etcd.Text(prefix), range_end: Etcd.Text(Etcd.rangeEnd(prefix))),
      Etcd.RangeResponse.self)
    members.replace(by: range)
  }
}
