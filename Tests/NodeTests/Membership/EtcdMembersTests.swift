import Foundation
import TarnCore
import Testing

@testable import TarnNode

/// What etcd says is written by whoever can reach it.
struct EtcdMembersTests {
  private static func pair(_ key: String, port: Int = 7072, host: String = "a") -> String {
    let member =
      #"{"host":"\#(host)","port":\#(port),"weight":9,"rack":1,"zone":2,"instance":"x"}"#
    func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
    return #"{"key":"\#(base64(key))","value":"\#(base64(member))"}"#
  }

  private static func decoded<Answer: Decodable>(
    _ text: String, _ type: Answer.Type = Answer.self
  ) throws -> Answer {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }

  private static func list(_ pairs: [String], revision: String = "9") throws -> EtcdMembers {
    var members = EtcdMembers(prefix: "/tarn/", next: nil)
    let text = #"{"header":{"revision":"\#(revision)"},"kvs":[\#(pairs.joined(separator: ","))]}"#
    members.replace(by: try decoded(text))
    return members
  }

  @Test func `members come in the order of their ordinals`() throws {
    let members = try EtcdMembersTests.list([
      EtcdMembersTests.pair("/tarn/10"), EtcdMembersTests.pair("/tarn/9"),
    ])
    #expect(members.places.map(\.member.node) == [NodeID(9), NodeID(10)])
    #expect(members.next == 10)
  }

  @Test(arguments: ["/tarn/+7", "/tarn/07", "/tarn/7 ", "/tarn/", "/tarn/65536", "/other/7"])
  func `a key that is not an ordinal's own is no member`(key: String) throws {
    #expect(try EtcdMembersTests.list([EtcdMembersTests.pair(key)]).places.isEmpty)
  }

  @Test(arguments: [-1, 0, 65_536, Int.max])
  func `a member without a possible port is left out`(port: Int) throws {
    let members = try EtcdMembersTests.list([EtcdMembersTests.pair("/tarn/7", port: port)])
    #expect(members.places.isEmpty)
  }

  @Test func `a member without a host is left out`() throws {
    let members = try EtcdMembersTests.list([EtcdMembersTests.pair("/tarn/7", host: "")])
    #expect(members.places.isEmpty)
  }

  @Test func `the last revision has none behind it`() throws {
    var members = try EtcdMembersTests.list([], revision: "9223372036854775807")
    #expect(members.next == .max)
    let answer = #"{"result":{"created":true,"header":{"revision":"9223372036854775807"}}}"#
    #expect(try members.take(try EtcdMembersTests.decoded(answer)))
    #expect(members.next == .max)
  }

  @Test func `an etcd that lost its history is listed anew`() throws {
    var members = try EtcdMembersTests.list([EtcdMembersTests.pair("/tarn/7")])
    let answer = #"{"result":{"created":true,"header":{"revision":"3"}}}"#
    #expect(try !members.take(try EtcdMembersTests.decoded(answer)))
    #expect(members.next == nil)
  }
}
