import CKernel
import Foundation
import NIOCore
import Testing

@testable import TarnNode

struct DirectoryOriginTests {
  private let folder: TemporaryFolder
  private let origin: DirectoryOrigin
  private let container: String

  init() throws {
    folder = try TemporaryFolder()
    origin = try DirectoryOrigin(path: folder.path)
    container = try #require(folder.path.split(separator: "/").last.map(String.init))
  }

  private func object(_ key: String) -> OriginObject {
    OriginObject(container: container, key: key)
  }

  @discardableResult
  private func put(_ key: String, _ text: String) async throws -> ObjectAttributes {
    try await origin.put(
      object(key), ObjectMetadata(), length: UInt64(text.utf8.count),
      body: stream(Array(text.utf8), by: 3))
  }

  private func request(_ change: (inout ListRequest) -> Void = { _ in }) -> ListRequest {
    var request = ListRequest(container: container)
    change(&request)
    return request
  }

  @Test func `a folder that is not there is said to be missing`() {
    #expect(
      throws: OriginError.failed(
        "the origin's folder /no/such/folder cannot be opened: No such file or directory; "
          + "create it first")
    ) { _ = try DirectoryOrigin(path: "/no/such/folder") }
  }

  @Test func `the container is named after the folder`() async throws {
    #expect(try await origin.containers().map(\.name) == [container])
    #expect(try DirectoryOrigin(path: folder.path + "/").description == "file:\(container)")
    #expect(try DirectoryOrigin(path: folder.path + "/.").description == "file:\(container)")
    await #expect(throws: OriginError.noContainer) {
      try await origin.attributes(of: OriginObject(container: "other", key: "a"))
    }
  }

  @Test func `files are objects with a type by their extension`() async throws {
    try folder.write("{}", to: "a/b.json")
    let attributes = try await origin.attributes(of: object("a/b.json"))
    #expect(attributes.size == 2)
    #expect(attributes.metadata.contentType == "application/json")
    #expect(abs(attributes.lastModified - HTTPDate.now()) < 60)
    #expect(attributes.version.hasPrefix("\"2-"))
    try folder.write("", to: "README")
    #expect(
      try await origin.attributes(of: object("README")).metadata.contentType
        == "binary/octet-stream")
  }

  @Test(arguments: [
    "", "/", "/a", "a//", "a//b", ".", "..", "a/..", "../a", "a/../b", "./a", "a/./b", "a\u{0}b",
    ".tarn-uploads/x", ".tarn-uploads",
  ])
  func `keys cannot leave the folder`(key: String) async throws {
    try folder.write("x", to: "a/b")
    await #expect(throws: OriginError.notFound) { try await origin.attributes(of: object(key)) }
    let error = await #expect(throws: OriginError.self) { try await put(key, "x") }
    guard case .rejected(let code, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(code == "InvalidArgument")
    try await origin.delete(object(key))
    #expect(folder.exists("a/b"))
  }

  @Test func `links are followed inside the folder and nowhere else`() async throws {
    let outside = try TemporaryFolder()
    try outside.write("secret", to: "secret/file")
    try folder.write("inside", to: "blobs/file")
    let manager = FileManager.default
    func link(_ name: String, to target: String) throws {
      try manager.createSymbolicLink(
        atPath: folder.path + "/" + name, withDestinationPath: target)
    }
    try link("good", to: "blobs/file")
    try link("out", to: outside.path + "/secret/file")
    try link("outfolder", to: outside.path + "/secret")
    try link("up", to: "../../etc/passwd")
    try link("folder", to: "blobs")
    try link("loop", to: "loop")
    #expect(try await origin.attributes(of: object("good")).size == 6)
    for key in ["out", "outfolder/file", "up", "loop", "folder"] {
      await #expect(throws: OriginError.notFound, "\(key)") {
        try await origin.attributes(of: object(key))
      }
    }
    await #expect(throws: OriginError.self) { try await put("outfolder/new", "x") }
    #expect(!outside.exists("secret/new"))
    let page = try await origin.list(request())
    #expect(page.items.map(\.key) == ["blobs/file", "good"])
    #expect(
      try await page.items[1].version == origin.attributes(of: object("good")).version)
  }

  @Test func `a pipe is no object and blocks nobody`() async throws {
    #expect(mkfifo(folder.path + "/pipe", 0o666) == 0)
    await #expect(throws: OriginError.notFound) { try await origin.attributes(of: object("pipe")) }
    #expect(try await origin.list(request()).items.isEmpty)
  }

  @Test func `a listing is what sorting and filtering makes of the keys`() async throws {
    var random = SystemRandomNumberGenerator()
    let parts = ["a", "b", "a-", "a.", "a0", "aa", "é", "z z", "~", "a+b", "日", "A", "-"]
    var keys = Set<String>()
    for _ in 0..<250 {
      let key = (0..<Int.random(in: 1...4, using: &random))
        .map { _ in parts[Int.random(in: 0..<parts.count, using: &random)] }
        .joined(separator: "/")
      let clashes = keys.contains { $0.hasPrefix(key + "/") || key.hasPrefix($0 + "/") }
      if !clashes { keys.insert(key) }
    }
    for key in keys { try folder.write(key, to: key) }
    try FileManager.default.createDirectory(
      atPath: folder.path + "/empty/er", withIntermediateDirectories: true)
    let all = Array(keys)
    for round in 0..<600 {
      let request = request {
        if Bool.random(using: &random) {
          let key = all[Int.random(in: 0..<all.count, using: &random)]
          $0.prefix = String(
            decoding: key.utf8.prefix(Int.random(in: 0...key.utf8.count, using: &random)),
            as: UTF8.self)
        }
        $0.delimiter = ["", "/", "/", "-", "a", "/a", "é"][Int.random(in: 0..<7, using: &random)]
        if Bool.random(using: &random) {
          $0.after = all[Int.random(in: 0..<all.count, using: &random)]
          if Bool.random(using: &random), let slash = $0.after.lastIndex(of: "/") {
            $0.after = String($0.after[...slash])
          }
        }
        $0.limit = Int.random(in: 1...30, using: &random)
      }
      let page = try await origin.list(request)
      let model = naiveListing(all, request)
      #expect(page.names == model.names, "round \(round): \(request)")
      #expect((page.continuesAfter == nil) == model.isOver, "\(request)")
      if !model.isOver { #expect(page.continuesAfter == model.names.last) }
    }
  }

  @Test func `pages follow each other to the end, also of a large folder`() async throws {
    for index in 0..<3_000 { try folder.write("", to: "many/\(index)") }
    // Only names that have been still for a second are remembered.
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -10)], ofItemAtPath: folder.path + "/many")
    func walk() async throws -> [String] {
      var keys: [String] = []
      var next: String? = ""
      while let after = next {
        let page = try await origin.list(
          request {
            $0.after = after; $0.limit = 700
          })
        keys += page.items.map(\.key)
        next = page.continuesAfter
      }
      return keys
    }
    let expected = (0..<3_000).map { "many/\($0)" }.sorted()
    #expect(try await walk() == expected)
    try folder.write("", to: "many/new")
    #expect(try await walk() == (expected + ["many/new"]).sorted())
    try FileManager.default.removeItem(atPath: folder.path + "/many/17")
    #expect(try await walk().count == 3_000)
  }

  @Test func `metadata comes back, or its loss is said`() async throws {
    var metadata = ObjectMetadata()
    metadata.contentType = "text/x-own"
    metadata.headers = [("cache-control", "no-store"), ("content-language", "de")]
    metadata.user = [("colour", "blau"), ("empty", "")]
    let put = try await origin.put(object("m/a.txt"), metadata, length: 0, body: stream([], by: 1))
    let read = try await origin.attributes(of: object("m/a.txt"))
    #expect(read == put)
    let hasAttributes = setxattr(folder.path, "user.tarn.probe", "1", 1, 0) == 0
    #expect(read.metadata == metadata || !hasAttributes)
    let copy = try await origin.copy(object("m/a.txt"), to: object("m/b.json"), replacing: nil)
    #expect(copy.metadata == read.metadata || !hasAttributes)
    let plain = try await origin.copy(
      object("m/a.txt"), to: object("m/c.json"), replacing: ObjectMetadata())
    #expect(plain.metadata.contentType == "application/json")
    #expect(plain.metadata.user.isEmpty)
    metadata.user = [("long", String(repeating: "x", count: 100_000))]
    if hasAttributes {
      let error = await #expect(throws: OriginError.self) {
        try await origin.put(object("m/d"), metadata, length: 0, body: stream([], by: 1))
      }
      guard case .rejected("MetadataTooLarge", _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func `a name is a file or a folder`() async throws {
    try await put("a/b", "1")
    for (key, other) in [("a", "a/"), ("a/b/c", "a/b"), ("a/b/c/d", "a/b")] {
      let error = await #expect(throws: OriginError.self) { try await put(key, "2") }
      guard case .rejected("InvalidRequest", let sentence) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(sentence.hasPrefix("\(key) cannot be stored in a folder beside \(other):"))
    }
    try await origin.delete(object("a/b"))
    #expect(!folder.exists("a"))
    try await put("a", "3")
    try await origin.delete(object("a"))
    try FileManager.default.createDirectory(
      atPath: folder.path + "/x/y/z", withIntermediateDirectories: true)
    try await put("x", "folders without objects are in nobody's way")
    #expect(try await origin.list(request()).items.map(\.key) == ["x"])
  }

  @Test func `a key that ends in a slash is the folder, as an object without bytes`() async throws {
    await #expect(throws: OriginError.notFound) { try await origin.attributes(of: object("m/n/")) }
    let stored = try await put("m/n/", "")
    #expect(stored.size == 0)
    #expect(folder.exists("m/n"))
    #expect(try await origin.attributes(of: object("m/n/")).version == stored.version)
    #expect(
      try await origin.attributes(of: object("m/")).metadata.contentType
        == "application/x-directory")
    try await put("m/n/file", "1")
    try await put("m/n/", "")
    try await origin.delete(object("m/n/"))
    #expect(folder.exists("m/n/file"))
    #expect(try await origin.list(request()).items.map(\.key) == ["m/n/file"])
    await #expect(throws: OriginError.notFound) {
      try await origin.attributes(of: object("m/n/file/"))
    }
    for (key, body) in [("m/n/file/", ""), ("m/n/", "bytes"), (".tarn-uploads/", "")] {
      let error = await #expect(throws: OriginError.self) { try await put(key, body) }
      guard case .rejected = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    try await origin.delete(object("m/n/file"))
    try await put("m/n/", "")
    try await origin.delete(object("m/n/"))
    #expect(!folder.exists("m"))
  }

  @Test func `deleting removes what is empty then, and nothing else`() async throws {
    try await put("d/e/f", "1")
    try await put("d/g", "2")
    try await origin.delete(object("d/e/f"))
    #expect(!folder.exists("d/e"))
    #expect(folder.exists("d/g"))
    try await origin.delete(object("d"))
    #expect(folder.exists("d/g"))
    try await origin.delete(object("d/g"))
    try await origin.delete(object("d/g"))
    #expect(!folder.exists("d"))
    #expect(folder.exists(""))
  }

  @Test func `bodies of another length leave nothing behind`() async throws {
    for (length, body) in [(5, "1234"), (3, "1234"), (0, "1"), (1, "")] as [(UInt64, String)] {
      let error = await #expect(throws: OriginError.self) {
        try await origin.put(
          object("short"), ObjectMetadata(), length: length, body: stream(Array(body.utf8), by: 2))
      }
      guard case .rejected("IncompleteBody", _) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    let refused = checkedBody(stream([1, 2], by: 1), by: DigestCheck(sha256: "00"))
    await #expect(
      throws: OriginError.rejected(
        code: "XAmzContentSHA256Mismatch", BodyError.contentHash.message)
    ) {
      try await origin.put(object("short"), ObjectMetadata(), length: 2, body: refused)
    }
    #expect(!folder.exists("short"))
    // A file that was given up goes with the last one who knows it, on another thread perhaps.
    func left() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: folder.path + "/.tarn-uploads")
    }
    for _ in 0..<500 where try !left().isEmpty { try await Task.sleep(nanoseconds: 10_000_000) }
    #expect(try left() == [])
  }

  private func uploads() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path + "/.tarn-uploads").sorted()
  }

  /// Makes what lies in the folder of uploads as old as if it had been used last `seconds` ago.
  private func age(_ name: String, by seconds: Double) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -seconds)],
      ofItemAtPath: "\(folder.path)/.tarn-uploads/\(name)")
  }

  private func startUpload(parts: Int = 2) async throws -> String {
    let id = try await origin.startUpload(object("big"), ObjectMetadata())
    for number in 1...parts {
      _ = try await origin.putPart(
        object("big"), upload: id, number: number, length: 3, body: stream([1, 2, 3], by: 3))
    }
    return id
  }

  @Test func `an upload that is aborted leaves nothing behind`() async throws {
    let id = try await startUpload()
    let other = try await startUpload()
    try await origin.abortUpload(object("big"), upload: id)
    #expect(try uploads() == [other])
    try await origin.abortUpload(object("big"), upload: other)
    #expect(try uploads() == [])
  }

  @Test func `uploads that nobody came back to for a week are removed at start`() async throws {
    let week = 7 * 86_400.0
    let old = try await startUpload()
    let young = try await startUpload()
    try folder.write("x", to: ".tarn-uploads/put-1")
    try folder.write("x", to: ".tarn-uploads/put-2")
    try folder.write("x", to: ".tarn-uploads/someone's own/file")
    try age(old, by: week + 60)
    try age(young, by: week - 60)
    try age("put-1", by: 86_460)
    try age("put-2", by: 86_340)
    try age("someone's own", by: 100 * week)
    let again = try DirectoryOrigin(path: folder.path)
    #expect(try uploads() == ["put-2", "someone's own", young].sorted())
    await #expect(throws: OriginError.noUpload) {
      try await again.abortUpload(object("big"), upload: old)
    }
  }

  @Test func `an upload that is used is young again`() async throws {
    let id = try await startUpload()
    try age(id, by: 30 * 86_400)
    _ = try await origin.putPart(
      object("big"), upload: id, number: 9, length: 1, body: stream([1], by: 1))
    origin.removeOldUploads()
    #expect(try uploads() == [id])
    origin.removeOldUploads(now: HTTPDate.now() + 7 * 86_400 + 60)
    #expect(try uploads() == [])
  }

  @Test(.timeLimit(.minutes(1))) func `a node that runs for long removes them too`() async throws {
    let id = try await startUpload()
    let running = try DirectoryOrigin(path: folder.path, sweepInterval: .milliseconds(5))
    try age(id, by: 8 * 86_400)
    while try !uploads().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    await running.shutdown()
  }

  @Test func `writes and deletes side by side lose nothing`() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<8 {
        group.addTask {
          for round in 0..<25 {
            try await put("shared/deep/er/\(worker)", "\(round)")
            try await origin.delete(object("shared/deep/er/\(worker)"))
          }
          try await put("shared/deep/er/\(worker)", "done")
        }
      }
      try await group.waitForAll()
    }
    #expect(try await origin.list(request()).items.count == 8)
  }
}
