internal import FoundationEssentials
internal import Logging
internal import TarnCore

/// This node's own key: PREFIX/ordinal, under a lease that it keeps alive.
struct EtcdRegistration: Sendable {
  let client: EtcdClient
  /// Ends in a slash.
  let prefix: String
  let me: EtcdMember
  let capacity: Int
  let ttlSeconds: Int64

  /// A lease, and the ordinal that it holds.
  struct Held: Sendable {
    var lease: Int64
    var ordinal: UInt16
  }

  /// Takes `ordinal`, or if it is nil the lowest free one. Who has registered from this node's
  /// address before is this node in an earlier life: its key is taken over.
  func register(_ ordinal: UInt16?) async throws(EtcdError) -> Held {
    let granted = try await client.call(
      "/v3/lease/grant", Etcd.LeaseGrantRequest(TTL: Etcd.Number(ttlSeconds)),
      Etcd.LeaseGrantResponse.self)
    let lease = granted.ID.value
    do throws(EtcdError) {
      return Held(lease: lease, ordinal: try await take(ordinal, lease: lease))
    } catch {
      await revoke(lease)
      throw error
    }
  }

  private func take(_ ordinal: UInt16?, lease: Int64) async throws(EtcdError) -> UInt16 {
    // Others race for the same ordinal: whoever loses looks again.
    for _ in 0..<(8 + capacity) {
      let taken = try await holders()
      let own = taken.first { $0.value.member?.isFrom(me) ?? false && $0.key == ordinal ?? $0.key }
      if let own {
        if try await put(own.key, lease: lease, ifModifiedAt: own.value.revision) {
          return own.key
        }
        continue
      }
      if let ordinal {
        if let holder = taken[ordinal]?.member {
          throw EtcdError(
            "ordinal \(ordinal) of the cell is held by \(holder.host):\(holder.port): correct "
              + "cell.ordinal of one, or wait until its lease has ended")
        }
        if try await put(ordinal, lease: lease, ifModifiedAt: 0) { return ordinal }
        continue
      }
      guard let free = (0..<UInt16(capacity)).first(where: { taken[$0] == nil }) else {
        throw EtcdError(
          "all \(capacity) ordinals of the cell are taken: raise cell.capacity on all nodes")
      }
      if try await put(free, lease: lease, ifModifiedAt: 0) { return free }
    }
    throw EtcdError("no ordinal could be had: others took each that was free; try again")
  }

  private func holders() async throws(EtcdError) -> [UInt16: (
    member: EtcdMember?, revision: Int64
  )] {
    let range = try await client.call(
      "/v3/kv/range",
      Etcd.RangeRequest(key: Etcd.Text(prefix), range_end: Etcd.Text(Etcd.rangeEnd(prefix))),
      Etcd.RangeResponse.self)
    var holders: [UInt16: (member: EtcdMember?, revision: Int64)] = [:]
    for pair in range.kvs ?? [] {
      guard let ordinal = EtcdRegistration.ordinal(of: pair.key.value, under: prefix) else {
        continue
      }
      holders[ordinal] = (EtcdRegistration.member(pair.value), pair.mod_revision?.value ?? 0)
    }
    return holders
  }

  /// Writes the key if nobody has since: at revision 0 it did not exist.
  private func put(
    _ ordinal: UInt16, lease: Int64, ifModifiedAt revision: Int64
  ) async throws(EtcdError) -> Bool {
    let key = Etcd.Text(prefix + String(ordinal))
    var compare = Etcd.Compare(key: key, target: revision == 0 ? "CREATE" : "MOD")
    if revision == 0 {
      compare.create_revision = Etcd.Number(0)
    } else {
      compare.mod_revision = Etcd.Number(revision)
    }
    let put = Etcd.Put(
      key: key, value: Etcd.Text(try EtcdRegistration.json(me)), lease: Etcd.Number(lease))
    let answer = try await client.call(
      "/v3/kv/txn",
      Etcd.TxnRequest(compare: [compare], success: [Etcd.Operation(request_put: put)]),
      Etcd.TxnResponse.self)
    return answer.succeeded ?? false
  }

  /// Keeps the lease alive; false if there is no such lease any more.
  func keepAlive(_ lease: Int64) async throws(EtcdError) -> Bool {
    let answer = try await client.call(
      "/v3/lease/keepalive", Etcd.LeaseRequest(ID: Etcd.Number(lease)),
      Etcd.KeepAliveResponse.self)
    return answer.result?.TTL?.value ?? 0 > 0
  }

  /// Gives the lease back, and with it the key.
  func revoke(_ lease: Int64) async {
    _ = try? await client.call(
      "/v3/lease/revoke", Etcd.LeaseRequest(ID: Etcd.Number(lease)), Etcd.Ignored.self)
  }

  // MARK: Keys and values

  /// The ordinal whose key this is; nil if it is none's. Each has one key: `+7` and `07` are not 7's.
  static func ordinal(of key: String, under prefix: String) -> UInt16? {
    guard key.utf8.starts(with: prefix.utf8) else { return nil }
    let digits = key.utf8.dropFirst(prefix.utf8.count)
    return UInt16(Substring(digits)).flatMap { String($0).utf8.elementsEqual(digits) ? $0 : nil }
  }

  static func member(_ value: Etcd.Text?) -> EtcdMember? {
    value.flatMap { try? JSONDecoder().decode(EtcdMember.self, from: Data($0.value.utf8)) }
  }

  private static func json(_ member: EtcdMember) throws(EtcdError) -> String {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return String(decoding: try encoder.encode(member), as: UTF8.self)
    } catch {
      throw EtcdError("the node's own entry can't be written as JSON: \(error)")
    }
  }
}

extension EtcdMember {
  /// Whether both are of the node at the same address.
  func isFrom(_ other: EtcdMember) -> Bool { host == other.host && port == other.port }
}
