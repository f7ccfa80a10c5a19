import Foundation
import TarnCore
import TarnSettings
import Testing

@testable import TarnNode

@Suite struct NodeConfigurationTests {
  private func read(_ yaml: String, _ overrides: [String] = []) throws -> NodeConfiguration {
    try NodeConfiguration(yaml: yaml, file: "node.yaml", overrides: overrides)
  }

  private func complaint(_ yaml: String, _ overrides: [String] = []) -> String {
    do throws(SettingsError) {
      _ = try NodeConfiguration(yaml: yaml, file: "node.yaml", overrides: overrides)
      return "none"
    } catch { return "\(error)" }
  }

  @Test func nothingAtAllMakesANodeForThisMachine() throws {
    let node = try read("{}")
    #expect(node == NodeConfiguration())
    #expect(node.cache.memoryBytes == 1 << 30 && node.cache.flashBytes == 4 << 30)
    #expect(node.listen.description == "127.0.0.1:7070")
  }

  @Test func theCacheSectionIsTheOneOfScenarios() throws {
    let node = try read(
      """
      cache:
        memory: {capacity: 2GiB, eviction: {policy: s3fifo, small: 0.2}, admission: second-access}
        flash: {capacity: 8GiB, segment: 128MiB, eviction: sieve, fill: all-on-fill}
        fetch: {owners: 2}
        budget: {requests: 500/s, bytes: 1GB/s, ceiling: 2.5}
      """)
    #expect(node.cache.memoryBytes == 2 << 30)
    #expect(node.cache.memoryEviction.smallPermille == 200)
    #expect(node.cache.flashEviction.kind == .sieve)
    #expect(node.cache.fetch.owners == 2 && node.cache.originRequestsPerSecond == 500)
    #expect(node.cache.originCeilingPermille == 2500)
    let part = node.cache(ofShards: 4)
    #expect(part.memoryBytes == 512 << 20 && part.originRequestsPerSecond == 125)
    #expect(part.originCeilingPermille == 2500)
  }

  @Test func theFileThatShowsEveryKeyIsRight() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../deploy/node.yaml").standardizedFileURL.path
    let node = try NodeConfiguration.load(file)
    #expect(node.origins.count == 2 && node.containers.count == 3)
  }

  @Test func whatIsWrittenIsReadBackAsItWas() throws {
    var node = try read(
      """
      threads: 3
      origins:
        - {name: a, kind: s3, endpoint: "http://h:1", access_key: k}
        - {name: b, kind: directory, path: "/it's"}
      containers: [{name: x, origin: b, consistency: immutable}, {name: "*", consistency: 5s}]
      cell: {ordinal: 1, nodes: ["127.0.0.1:1", "127.0.0.1:2"]}
      recording: {directory: /r, decisions: true}
      cache: {budget: {requests: 500/s, bytes: 1GB/s, ceiling: 2.5}}
      """)
    #expect(try read(node.text()) == node)
    node.cell?.discovery = .etcd(endpoints: ["http://e:2379"], prefix: "/p")
    node.domain = "s3.example"
    #expect(try read(node.text()) == node)
  }

  @Test(arguments: [
    "a\rb", "tab\tand\u{85}", "it's\n\"quoted\" \\ twice", "'\u{301}", "\u{2028}\u{feff}",
  ])
  func textsWithControlCharactersAreReadBackAsTheyWere(path: String) throws {
    var node = try read("recording: {directory: /r}")
    node.recording.directory = path
    #expect(try read(node.text()) == node)
  }

  @Test(arguments: ["127.0.0.1:1", "[::1]:1", "[fe80::1%eth0]:1", "tarn-7.cell_a.internal:1"])
  func addressesAreReadBackAsTheyWere(text: String) throws {
    #expect(NodeConfiguration.SocketPlace(text).map { "\($0)" } == text)
  }

  @Test(arguments: ["a b:1", "a\r:1", "127.0.0.1\u{fffd}:1", "ü:1", ":1", "a:65536", "a:", "a"])
  func whatIsNoAddressIsRefused(text: String) {
    #expect(NodeConfiguration.SocketPlace(text) == nil)
  }

  @Test func secretsAreNotTold() throws {
    let node = try read(
      """
      origins: [{name: a, kind: azure, endpoint: "http://h:1", account: a, key: hidden-1}]
      tenants: [{name: t, access_key: open, secret_key: hidden-2}]
      cell: {secret: hidden-3, nodes: ["127.0.0.1:1"]}
      """)
    #expect(!node.text().contains("hidden") && node.text().contains("open"))
  }

  @Test func mistakesAreNamedWithLineAndCure() {
    #expect(
      complaint("listen: 0.0.0.0:7070")
        == "node.yaml:1: listen: is 0.0.0.0:7070, where others can connect; name tenants with keys, "
        + "or listen on 127.0.0.1")
    #expect(
      complaint("block: 5MiB")
        == "node.yaml:1: block: 5MiB is no power of two; use one from 4KiB to 64MiB")
    #expect(complaint("chache: {}").contains("did you mean cache"))
    #expect(complaint("{}", ["cache.memory.eviction=lur"]).contains("lru"))
    #expect(
      complaint("cell: {nodes: [\"10.0.0.1:7072\"]}").contains(
        "give all nodes of the cell one secret"))
    #expect(
      complaint("containers: [{name: x, origin: nowhere}]").contains("'nowhere' is no origin"))
    #expect(
      complaint("tenants: [{name: t, access_key: a, secret_key: env:TARN_TEST_UNSET}]")
        .contains("TARN_TEST_UNSET, which is not set"))
    #expect(complaint("cell: {ordinal: 70, nodes: []}").contains("use 0 to 63"))
  }
}
