internal import FoundationEssentials
internal import TarnCore

@testable internal import TarnNode

extension FuzzTarget {
  /// etcd's answers: lists and watches make members that can be used, whatever they hold.
  static let etcd = FuzzTarget("etcd", longestInput: 768) { input in
    let option = input.byte()
    let data = Data(input.rest())
    let decoder = JSONDecoder()
    func decoded<Answer: Decodable>(_ type: Answer.Type) -> Answer? {
      try? decoder.decode(type, from: data)
    }
    var members = EtcdMembers(prefix: "/tarn/", next: option & 8 == 8 ? 5 : nil)
    switch option & 7 {
    case 0:
      if let range = decoded(Etcd.RangeResponse.self) { members.replace(by: range) }
    case 1, 2, 3:
      if let watch = decoded(Etcd.WatchResponse.self) {
        do throws(EtcdError) {
          _ = try members.take(watch)
          _ = try members.take(watch)
        } catch { demand(!"\(error)".isEmpty, "an error says nothing") }
      }
    case 4: checkMember(String(decoding: data, as: UTF8.self))
    case 5: _ = decoded(Etcd.LeaseGrantResponse.self)
    case 6: _ = decoded(Etcd.KeepAliveResponse.self)
    default: _ = decoded(Etcd.TxnResponse.self)
    }
    check(members.places)
    checkOrdinal(String(decoding: data, as: UTF8.self))
  }

  private static func check(_ places: [MemberPlace]) {
    let ordinals = places.map(\.member.node.ordinal)
    demand(zip(ordinals, ordinals.dropFirst()).allSatisfy { $0 < $1 }, "members are out of order")
    for place in places {
      demand(place.member.weight > 0, "a member weighs nothing")
      demand((1...65_535).contains(place.place.port), "a port is \(place.place.port)")
      demand(!place.place.host.isEmpty, "a host is empty")
    }
  }

  private static func checkMember(_ text: String) {
    guard let member = EtcdRegistration.member(Etcd.Text(text)),
      let again = try? JSONEncoder().encode(member)
    else { return }
    let second = EtcdRegistration.member(Etcd.Text(String(decoding: again, as: UTF8.self)))
    demand(second == member, "a member changes when it is written anew")
  }

  /// Each ordinal has one key, so that the end of one key is not taken for that of another.
  private static func checkOrdinal(_ text: String) {
    guard let ordinal = EtcdRegistration.ordinal(of: text, under: "/tarn/") else { return }
    demand(areEqualBytes(text, "/tarn/\(ordinal)"), "\(text) is taken for \(ordinal)'s key")
  }
}
