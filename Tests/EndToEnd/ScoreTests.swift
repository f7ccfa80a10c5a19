import Foundation
import Testing

/// `tarn score` against real caches. nginx, a cache that others wrote, and `tarn-node` have this command
/// as their origin, so what they ask for is counted.
@Suite(
  .serialized, .enabled(if: Command.release != nil, "the release binary is missing: run make test"))
struct `tarn score` {
  private static let hasNginx: Bool = {
    let found = Command.nginx != nil
    if !found { print("nginx is missing: apt-get install nginx") }
    return found
  }()

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// 1,500 requests for some of 200 blocks of 64 KiB, the popular ones often. Returns the file.
  private func trace() throws -> (path: String, requests: Int, blocks: Int) {
    var state: UInt64 = 7
    func draw() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state &>> 11) / 0x1p53
    }
    var text = "time,key,size\n"
    var keys: Set<Int> = []
    for index in 0..<1_500 {
      let key = Int(200 * draw() * draw() * draw())
      keys.insert(key)
      text += "\(Double(index) / 1_000),\(key),65536\n"
    }
    let path = folder.url.appendingPathComponent("mixed.csv").path
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return (path, 1_500, keys.count)
  }

  private func score(_ arguments: [String], interruptAfter: Double? = nil) throws
    -> Command.Outcome
  {
    try #require(Command.release).run(["score"] + arguments, interruptAfter: interruptAfter)
  }

  private func measured(_ outcome: Command.Outcome) throws -> [String: Any] {
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try #require(try outcome.json()["measured"] as? [String: Any], "\(outcome.output)")
  }

  /// nginx as a cache in front of `origin`, and as a store of the files in `root`.
  private func nginx(origin: UInt16, root: String = "/nowhere") throws -> (
    server: Server, cache: UInt16, store: UInt16
  ) {
    let ports = Server.freePorts(2)
    let text = """
      daemon off; worker_processes 1; pid nginx.pid; error_log stderr;
      events { worker_connections 512; }
      http {
        access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;
        uwsgi_temp_path t4; scgi_temp_path t5;
        proxy_cache_path cache keys_zone=one:4m max_size=1g inactive=1h;
        server {
          listen 127.0.0.1:\(ports[0]);
          location / {
            proxy_pass http://127.0.0.1:\(origin); proxy_cache one; proxy_cache_valid 200 1h;
            proxy_cache_lock on; add_header X-Cache $upstream_cache_status;
          }
          location /wrong/ { return 200 "not what was asked for"; }
        }
        server { listen 127.0.0.1:\(ports[1]); root \(root); }
      }
      """
    let server = try Server(
      try #require(Command.nginx).path, port: ports[0], files: ["nginx.conf": text],
      arguments: { ["-p", $0, "-c", "nginx.conf", "-e", "stderr"] })
    return (server, ports[0], ports[1])
  }

  private func node(origin: UInt16, memory: String) throws -> (server: Server, port: UInt16) {
    let ports = Server.freePorts(2)
    let text = """
      threads: 1
      listen: 127.0.0.1:\(ports[0])
      admin: 127.0.0.1:\(ports[1])
      block: 64KiB
      cache: {memory: {capacity: \(memory), eviction: lru}, flash: {capacity: 0B}}
      origins: [{name: own, kind: s3, endpoint: "http://127.0.0.1:\(origin)"}]
      containers: [{name: data, origin: own, container: data, consistency: immutable}]
      """
    let server = try Server(
      try #require(Command.node).path, port: ports[0], files: ["node.yaml": text],
      arguments: { ["--config", "\($0)/node.yaml"] })
    return (server, ports[0])
  }

  private func misses(ofLRU capacity: String, _ trace: String) throws -> Int {
    let outcome = try #require(Command.release).run([
      "replay", trace, "--policy", "lru", "--capacity", capacity, "--json",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try #require(try outcome.json()["misses"] as? Int)
  }

  @Test(.enabled(if: hasNginx, "nginx is missing: apt-get install nginx"))
  func `nginx with room for all misses each block once`() throws {
    let (path, requests, blocks) = try trace()
    let own = Server.freePorts(1)[0]
    let (server, cache, _) = try nginx(origin: own)
    defer { withExtendedLifetime(server) {} }
    let figures = folder.url.appendingPathComponent("nginx.yaml").path
    let outcome = try score([
      path, "--target", "http://127.0.0.1:\(cache)", "--bucket", "b", "--listen",
      "127.0.0.1:\(own)", "--clients", "1", "--json", "--output", figures, "--name", "nginx",
    ])
    let found = try measured(outcome)
    #expect(found["misses"] as? Int == blocks)
    #expect(found["hits"] as? Int == requests - blocks)
    #expect((found["origin"] as? [String: Any])?["reads"] as? Int == blocks)
    #expect((found["origin"] as? [String: Any])?["bytes"] as? Int == blocks * 65_536)
    #expect(found["complete"] as? Bool == true)
    #expect(try misses(ofLRU: "100%", path) == blocks)

    // Its own word for it agrees, now that everything is cached.
    let told = try measured(
      try score([
        path, "--target", "http://127.0.0.1:\(cache)", "--bucket", "b", "--hit-header",
        "X-Cache: HIT", "--json",
      ]))
    #expect(told["hits"] as? Int == requests)

    let comparison = try #require(Command.release).run([
      "compare", "scenarios/compare-restart.yaml", "--nodes", "4", "--seeds", "1",
      "--no-sensitivity", "--json", "--designs", "none,external:\(figures)",
    ])
    #expect(comparison.status == 0, "\(comparison.errors)")
    #expect(try (comparison.json()["ranking"] as? [String])?.contains("nginx") == true)
  }

  @Test(.enabled(if: hasNginx, "nginx is missing: apt-get install nginx"))
  func `a cache of whole objects reads few of them for many ranges`() throws {
    let (path, requests, _) = try trace()
    let own = Server.freePorts(1)[0]
    let (server, cache, _) = try nginx(origin: own)
    defer { withExtendedLifetime(server) {} }
    let found = try measured(
      try score([
        path, "--target", "http://127.0.0.1:\(cache)", "--listen", "127.0.0.1:\(own)", "--objects",
        "5", "--prefix", "day/", "--clients", "4", "--json",
      ]))
    #expect((found["origin"] as? [String: Any])?["reads"] as? Int == 5)
    #expect(found["requests"] as? Int == requests)
    #expect(found["wrong"] as? Int == 0)
  }

  @Test(.enabled(if: hasNginx, "nginx is missing: apt-get install nginx"))
  func `files that were prepared are served by a true origin and counted on the way`() throws {
    let (path, _, blocks) = try trace()
    let root = folder.url.appendingPathComponent("store").path
    let prepared = try score([path, "--prepare", root, "--bucket", "b"])
    #expect(prepared.status == 0, "\(prepared.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(root)/b")
    #expect(names.count == blocks)
    let own = Server.freePorts(1)[0]
    let (server, cache, store) = try nginx(origin: own, root: root)
    defer { withExtendedLifetime(server) {} }
    let found = try measured(
      try score([
        path, "--target", "http://127.0.0.1:\(cache)", "--bucket", "b", "--listen",
        "127.0.0.1:\(own)", "--origin", "http://127.0.0.1:\(store)", "--clients", "1", "--json",
      ]))
    #expect(found["misses"] as? Int == blocks)
    #expect((found["origin"] as? [String: Any])?["bytes"] as? Int == blocks * 65_536)
    #expect(found["wrong"] as? Int == 0)
  }

  @Test(.enabled(if: hasNginx, "nginx is missing: apt-get install nginx"))
  func `wrong bytes and refusals are told`() throws {
    let (path, _, _) = try trace()
    let own = Server.freePorts(1)[0]
    let (server, cache, store) = try nginx(origin: own)
    defer { withExtendedLifetime(server) {} }
    let listen = ["--listen", "127.0.0.1:\(own)", "--limit", "30"]
    let wrong = try score(
      [path, "--target", "http://127.0.0.1:\(cache)", "--bucket", "wrong"] + listen)
    #expect(wrong.status == 3, "\(wrong.errors)")
    #expect(wrong.output.contains("WRONG BYTES in 30 answers"))
    let refused = try score([path, "--target", "http://127.0.0.1:\(store)"] + listen)
    #expect(refused.status == 2)
    #expect(refused.output.isEmpty)
    #expect(refused.errors.contains("none of 30 requests was answered"), "\(refused.errors)")
    #expect(refused.errors.contains("HTTP 404"), "\(refused.errors)")
  }

  @Test(.enabled(if: Command.node != nil, "tarn-node is missing: run make test"))
  func `a node of sixteen blocks misses what LRU of sixteen blocks misses`() throws {
    let (path, requests, blocks) = try trace()
    for (memory, capacity) in [("1MiB", "1MiB"), ("64MiB", "100%")] {
      let own = Server.freePorts(1)[0]
      let (server, port) = try node(origin: own, memory: memory)
      defer { withExtendedLifetime(server) {} }
      let found = try measured(
        try score([
          path, "--target", "http://127.0.0.1:\(port)", "--bucket", "data", "--listen",
          "127.0.0.1:\(own)", "--clients", "1", "--json",
        ]))
      let missed = try #require(found["misses"] as? Int)
      #expect(found["wrong"] as? Int == 0)
      if capacity == "100%" { #expect(missed == blocks) }
      let predicted = try misses(ofLRU: capacity, path)
      #expect(abs(missed - predicted) <= requests / 50, "\(missed) and \(predicted)")
    }
  }

  @Test func `a signal ends the replay and tells what was reached`() throws {
    let path = folder.url.appendingPathComponent("slow.csv").path
    let rows = (0..<1_000).map { "\($0).0,\($0 % 3),1000" }
    try Data(("time,key,size\n" + rows.joined(separator: "\n")).utf8)
      .write(to: URL(fileURLWithPath: path))
    // The origin itself is the target: a cache that keeps nothing.
    let own = Server.freePorts(1)[0]
    let outcome = try score(
      [
        path, "--target", "http://127.0.0.1:\(own)", "--listen", "127.0.0.1:\(own)", "--speed", "1",
        "--json",
      ], interruptAfter: 3)
    #expect(outcome.status == 130, "\(outcome.errors)")
    let found = try #require(try outcome.json()["measured"] as? [String: Any])
    #expect(found["complete"] as? Bool == false)
    #expect((1...10).contains(found["requests"] as? Int ?? 0))
    #expect(found["hits"] as? Int == 0)
  }

  @Test(arguments: [
    ("mixed.csv", "name the cache with --target"),
    ("mixed.csv --target http://127.0.0.1:1", "nothing tells hits from misses"),
    ("mixed.csv --target nowhere --listen 127.0.0.1:0", "--target nowhere: write a URL"),
    ("mixed.csv --target http://127.0.0.1:1 --listen 127.0.0.1:0", "cannot be reached"),
    ("mixed.csv --target http://127.0.0.1:1 --listen here", "--listen here: write an address"),
    ("mixed.csv --target http://127.0.0.1:1 --hit-header HIT", "'Name: value'"),
    ("mixed.csv --target http://127.0.0.1:1 --hit-header A:B --hits-in disk", "use memory"),
    ("mixed.csv --target http://127.0.0.1:1 --hit-header A:B --origin http://a", "needs --listen"),
    ("mixed.csv --target http://127.0.0.1:1 --listen 127.0.0.1:0 --block 4KiB", "--block's 4096"),
    ("mixed.csv --target http://127.0.0.1:1 --listen 127.0.0.1:0 --block 4", "has no unit"),
    ("mixed.csv --target http://127.0.0.1:1 --listen 127.0.0.1:0 --objects 0", "--objects 0"),
    ("mixed.csv --prepare /tmp --bucket ../up", "--bucket ../up"),
    ("mixed.csv --prepare /dev/null/x", "cannot be made"),
    ("mixed.csv --target http://127.0.0.1:1 --listen 127.0.0.1:0 --prefix ../", "--prefix ../"),
    ("nowhere.csv --target http://127.0.0.1:1 --listen 127.0.0.1:0", "cannot be opened"),
    ("bad.csv --target http://127.0.0.1:1 --listen 127.0.0.1:0", "bad.csv:3"),
  ])
  func `bad input is one correct error and exit status 2`(
    arguments: String, message: String
  ) throws {
    _ = try trace()
    let bad = folder.url.appendingPathComponent("bad.csv")
    try Data("time,key,size\n1,5,100\n2,6,many\n".utf8).write(to: bad)
    var words = arguments.split(separator: " ").map(String.init)
    words[0] = folder.url.appendingPathComponent(words[0]).path
    let outcome = try score(words)
    #expect(outcome.status == 2, "\(outcome.output)")
    #expect(outcome.output.isEmpty)
    let errors = outcome.errorLines.filter { !$0.hasPrefix("origin: ") }
    #expect(errors.count == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }
}
