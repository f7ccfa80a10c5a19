import Foundation
import NIOCore
import Synchronization
import Testing

@testable import TarnNode

/// What every origin must do, whatever store lies behind it.
struct OriginConformance {
  /// What a store is known to do otherwise.
  enum Deviation {
    /// Keys are paths of files: `a//b` and `a/` are refused, or changed.
    case collapsesSlashes
    /// A backslash is a slash.
    case turnsBackslashes
    /// Listings are not in byte order, or prefixes that end inside of a name are not found.
    case listsInOwnOrder
    /// Pages may hold less than was asked for although there is more.
    case pagesAsItLikes
    /// Any signature will do.
    case acceptsAnySignature
    /// User metadata and headers are not kept.
    case losesMetadata
    /// A listing of a container that does not exist is empty, or another error.
    case hasAnyContainer
    /// A copy keeps the old metadata, and adds to it, whatever was asked.
    case mergesMetadataOfCopies
    /// A part cannot be sent again.
    case refusesPartsAgain
    /// Parts' ETags are not compared when an upload is completed.
    case trustsParts
    /// An upload whose completion fails is gone.
    case forgetsFailedUploads
    /// An upload that does not exist can be aborted.
    case abortsAnything
    /// Completing an upload that does not exist is an error of the server's own.
    case failsOnLostUploads
  }

  let origin: any Origin
  let container: String
  let deviations: Set<Deviation>

  private func object(_ key: String) -> OriginObject {
    OriginObject(container: container, key: key)
  }

  @discardableResult
  private func put(
    _ key: String, _ bytes: [UInt8], _ metadata: ObjectMetadata = ObjectMetadata()
  ) async throws -> ObjectAttributes {
    try await origin.put(
      object(key), metadata, length: UInt64(bytes.count), body: stream(bytes, by: 50_000))
  }

  private func read(_ key: String, _ version: String, _ range: Range<UInt64>) async throws
    -> [UInt8]
  {
    try await readBytes(origin, object(key), version, range)
  }

  private func whole(_ key: String) async throws -> [UInt8] {
    let attributes = try await origin.attributes(of: object(key))
    return try await read(key, attributes.version, 0..<attributes.size)
  }

  func run() async throws {
    try await missingThings()
    try await reading()
    try await opening()
    try await changing()
    try await metadata()
    try await oddKeys()
    try await bodies()
    try await copies()
    try await uploads()
    try await listings()
  }

  private func missingThings() async throws {
    await #expect(throws: OriginError.notFound) {
      try await origin.attributes(of: object("missing"))
    }
    await #expect(throws: OriginError.notFound) { try await read("missing", "\"x\"", 0..<1) }
    try await origin.delete(object("missing"))
    #expect(try await origin.containers().map(\.name).contains(container))
    guard !deviations.contains(.hasAnyContainer) else { return }
    await #expect(throws: OriginError.noContainer) {
      try await origin.list(ListRequest(container: "nosuchcontainer"))
    }
    let stray = OriginObject(container: "nosuchcontainer", key: "k")
    await #expect(throws: OriginError.noContainer) { try await origin.attributes(of: stray) }
    await #expect(throws: OriginError.noContainer) {
      try await open(origin, stray, 0..<10)
    }
  }

  /// Attributes and a range in one request, or the attributes at least.
  private func opening() async throws {
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 9) }
    for (count, range) in [
      (100_000, 0..<65_536), (100_000, 65_536..<131_072), (100_000, 99_999..<100_000),
      (100_000, 0..<100_000), (100_000, 131_072..<196_608), (10, 0..<65_536), (0, 0..<65_536),
    ] as [(Int, Range<UInt64>)] {
      let key = "open/\(count)"
      try await put(key, Array(bytes.prefix(count)))
      let expected = try await origin.attributes(of: object(key))
      let (attributes, told, found) = try await open(origin, object(key), range)
      #expect(attributes == expected, "\(count) \(range)")
      guard let told else {
        // Nothing of it lies there, or the origin has no such request.
        #expect(found == nil)
        #expect(origin is DirectoryOrigin || range.lowerBound >= count, "\(count) \(range)")
        continue
      }
      #expect(told == expected)
      let part = Int(range.lowerBound)..<min(Int(range.upperBound), count)
      #expect(found == Array(bytes[part]), "\(count) \(range)")
      let declined = try await open(origin, object(key), range, isWanted: false)
      #expect(declined.attributes == expected && declined.bytes == nil)
    }
    await #expect(throws: OriginError.notFound) {
      try await open(origin, object("missing"), 0..<10)
    }
  }

  private func reading() async throws {
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 7) }
    let stored = try await put("read/some.bin", bytes)
    let attributes = try await origin.attributes(of: object("read/some.bin"))
    #expect(attributes.size == 300_000)
    #expect(attributes.version == stored.version)
    #expect(abs(attributes.lastModified - stored.lastModified) <= 2)
    for range in [0..<1, 0..<300_000, 299_999..<300_000, 1..<65_537, 150_000..<150_000] {
      let read = try await read(
        "read/some.bin", stored.version, UInt64(range.lowerBound)..<UInt64(range.upperBound))
      #expect(read == Array(bytes[range]), "\(range)")
    }
    for range in [300_000..<300_001, 1_000_000..<1_000_010] as [Range<UInt64>] {
      let error = await #expect(throws: OriginError.self) {
        try await read("read/some.bin", stored.version, range)
      }
      guard case .rejected("InvalidRange", _) = error else {
        Issue.record("\(range): \(String(describing: error))")
        continue
      }
    }
    try await put("read/empty", [])
    #expect(try await whole("read/empty") == [])
  }

  private func changing() async throws {
    let old = try await put("change", Array("first".utf8))
    let new = try await put("change", Array("other one".utf8))
    #expect(old.version != new.version)
    await #expect(throws: OriginError.changed) { try await read("change", old.version, 0..<5) }
    await #expect(throws: OriginError.changed) { try await read("change", old.version, 0..<0) }
    #expect(try await whole("change") == Array("other one".utf8))
    try await put("change", [1])
    // Beyond the end of what is there now.
    await #expect(throws: OriginError.changed) { try await read("change", new.version, 4..<9) }
    try await origin.delete(object("change"))
    try await origin.delete(object("change"))
    await #expect(throws: OriginError.notFound) {
      try await origin.attributes(of: object("change"))
    }
  }

  private var someMetadata: ObjectMetadata {
    var metadata = ObjectMetadata()
    metadata.contentType = "text/x-tarn"
    metadata.headers = [("cache-control", "max-age=60"), ("content-language", "de")]
    metadata.user = [("colour", "blue"), ("size", "very  large")]
    return metadata
  }

  private func metadata() async throws {
    try await put("meta/a.json", [1, 2, 3], someMetadata)
    let read = try await origin.attributes(of: object("meta/a.json")).metadata
    guard !deviations.contains(.losesMetadata) else { return }
    #expect(read == someMetadata)
  }

  private func oddKeys() async throws {
    var keys = [
      "odd/sp ace", "odd/+plus&=?#.txt", "odd/é/日本/😀", "odd/per%20cent%", "odd/quote'\"<>&",
      "odd/tilde~!*()", "odd/..hidden", "odd/colon:semi;at@,$",
      "odd/[br]{ace}|^`",
      "odd/...", "odd/-", "odd/" + String(repeating: "long", count: 50),
    ]
    if !deviations.contains(.collapsesSlashes) { keys += ["odd//two", "odd/dir/"] }
    if !deviations.contains(.turnsBackslashes) { keys.append("odd/back\\slash") }
    for key in keys {
      try await put(key, Array(key.utf8))
      #expect(try await whole(key) == Array(key.utf8), "\(key)")
    }
    var request = ListRequest(container: container)
    request.prefix = "odd/"
    let listed = try await all(request).items
    #expect(Set(listed.map(\.key)) == Set(keys))
    for item in listed where !item.version.isEmpty {
      let attributes = try await origin.attributes(of: object(item.key))
      #expect(item.version == attributes.version, "\(item.key)")
      #expect(item.size == attributes.size)
      #expect(abs(item.lastModified - attributes.lastModified) <= 1)
    }
    for key in keys { try await origin.delete(object(key)) }
    #expect(try await origin.list(request).items.isEmpty)
  }

  /// All pages as one.
  private func all(_ request: ListRequest) async throws -> ListPage {
    var request = request
    var all = try await origin.list(request)
    while let next = all.continuesAfter {
      request.after = next
      let page = try await origin.list(request)
      all.items += page.items
      all.prefixes += page.prefixes
      all.continuesAfter = page.continuesAfter
    }
    return all
  }

  /// A body that is not as announced must not become an object.
  private func bodies() async throws {
    let bytes = [UInt8](repeating: 7, count: 200_000)
    for length in [199_999, 200_001] as [UInt64] {
      let error = await #expect(throws: OriginError.self) {
        try await origin.put(
          object("bad"), ObjectMetadata(), length: length, body: stream(bytes, by: 9_000))
      }
      guard case .rejected("IncompleteBody", _) = error else {
        Issue.record("length \(length): \(String(describing: error))")
        continue
      }
    }
    for count in [0, 200_000] {
      let body = checkedBody(
        stream(Array(bytes.prefix(count)), by: 9_000), by: DigestCheck(sha256: "00"))
      let error = await #expect(throws: OriginError.self) {
        try await origin.put(object("bad"), ObjectMetadata(), length: UInt64(count), body: body)
      }
      guard case .rejected("XAmzContentSHA256Mismatch", _) = error else {
        Issue.record("\(count) bytes: \(String(describing: error))")
        continue
      }
    }
    await #expect(throws: OriginError.notFound) { try await origin.attributes(of: object("bad")) }
  }

  private func copies() async throws {
    try await put("copy/sp ace+é", [1, 2, 3], someMetadata)
    let same = try await origin.copy(
      object("copy/sp ace+é"), to: object("copy/target"), replacing: nil)
    #expect(same.size == 3)
    #expect(try await whole("copy/target") == [1, 2, 3])
    var other = ObjectMetadata()
    other.contentType = "text/x-other"
    let replaced = try await origin.copy(
      object("copy/sp ace+é"), to: object("copy/other"), replacing: other)
    if deviations.isDisjoint(with: [.losesMetadata, .mergesMetadataOfCopies]) {
      #expect(same.metadata == someMetadata)
      #expect(replaced.metadata == other)
    }
    await #expect(throws: OriginError.notFound) {
      try await origin.copy(object("copy/none"), to: object("copy/x"), replacing: nil)
    }
  }

  private func uploads() async throws {
    let target = object("up/load.bin")
    let first = [UInt8](repeating: 1, count: 5 << 20)
    let last = [UInt8](repeating: 2, count: 1_234)
    let upload = try await origin.startUpload(target, someMetadata)
    func part(_ number: Int, _ bytes: [UInt8]) async throws -> UploadedPart {
      let version = try await origin.putPart(
        target, upload: upload, number: number, length: UInt64(bytes.count),
        body: stream(bytes, by: 100_000))
      return UploadedPart(number: number, version: version)
    }
    if !deviations.contains(.refusesPartsAgain) { _ = try await part(2, first) }
    let parts = try await [part(1, first), part(2, last)]
    await #expect(throws: OriginError.notFound) { try await origin.attributes(of: target) }
    if deviations.isDisjoint(with: [.trustsParts, .forgetsFailedUploads]) {
      let error = await #expect(throws: OriginError.self) {
        try await origin.completeUpload(
          target, upload: upload,
          parts: [
            parts[0], UploadedPart(number: 2, version: "\"0123456789abcdef0123456789abcdef\""),
          ])
      }
      guard case .rejected("InvalidPart", _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
    let attributes = try await origin.completeUpload(target, upload: upload, parts: parts)
    #expect(attributes.size == UInt64(first.count + last.count))
    #expect(try await whole(target.key) == first + last)
    if !deviations.contains(.losesMetadata) { #expect(attributes.metadata == someMetadata) }
    try await origin.delete(target)

    let second = try await origin.startUpload(target, ObjectMetadata())
    _ = try await origin.putPart(
      target, upload: second, number: 1, length: 3, body: stream([1, 2, 3], by: 3))
    try await origin.abortUpload(target, upload: second)
    let error = await #expect(throws: OriginError.self) {
      try await origin.completeUpload(
        target, upload: second, parts: [UploadedPart(number: 1, version: "\"x\"")])
    }
    if !deviations.contains(.failsOnLostUploads) { #expect(error == .noUpload) }
    guard !deviations.contains(.abortsAnything) else { return }
    await #expect(throws: OriginError.noUpload) {
      try await origin.abortUpload(target, upload: second)
    }
  }

  private func listings() async throws {
    var keys = ["a/1", "a/2", "a/b/3", "a-b", "a.b", "a0", "b/c/d/e", "b/c/d/f", "é/x", "z z/+"].map
    { "list/" + $0 }
    for index in 0..<25 { keys.append("list/many/\(index * 37 % 100)") }
    for key in keys { try await put(key, Array(key.utf8)) }
    var requests: [ListRequest] = []
    for prefix in ["", "a", "a/", "many/", "many/1", "b/c", "none", "é"] {
      for delimiter in ["", "/"] {
        for (after, limit) in [("", 1_000), ("a-b", 3), ("a/", 2), ("many/3", 4), ("b/c/d/e", 1)] {
          var request = ListRequest(container: container)
          (request.prefix, request.delimiter) = ("list/" + prefix, delimiter)
          (request.after, request.limit) = (after.isEmpty ? "" : "list/" + after, limit)
          requests.append(request)
        }
      }
    }
    guard !deviations.contains(.listsInOwnOrder) else { return try await ownOrder(keys) }
    for request in requests {
      let page = try await origin.list(request)
      let model = naiveListing(keys, request)
      guard !deviations.contains(.pagesAsItLikes) else {
        #expect(model.names.starts(with: page.names), "\(request)")
        #expect(
          (page.continuesAfter != nil) == (page.names.count < model.names.count || !model.isOver))
        continue
      }
      #expect(page.names == model.names, "\(request)")
      #expect((page.continuesAfter == nil) == model.isOver, "\(request)")
    }
    for limit in [1, 3, 7] { try await pages(keys, limit: limit) }
  }

  /// Page after page gives every key once, in order.
  private func pages(_ keys: [String], limit: Int) async throws {
    for delimiter in ["", "/"] {
      var request = ListRequest(container: container)
      (request.prefix, request.delimiter) = ("list/", delimiter)
      let model = naiveListing(keys, request).names
      request.limit = limit
      var names: [String] = []
      for _ in 0...keys.count {
        let page = try await origin.list(request)
        names += page.names
        guard let next = page.continuesAfter else { break }
        request.after = next
      }
      #expect(names == model, "limit \(limit), delimiter '\(delimiter)'")
    }
  }

  /// Of a store with an order of its own, one page that holds all is all that can be asked.
  private func ownOrder(_ keys: [String]) async throws {
    for prefix in ["", "a/", "many/", "b/c/", "none/"] {
      for delimiter in ["", "/"] {
        var request = ListRequest(container: container)
        (request.prefix, request.delimiter) = ("list/" + prefix, delimiter)
        let page = try await origin.list(request)
        #expect(page.names == naiveListing(keys, request).names, "\(request)")
        #expect(page.continuesAfter == nil)
      }
    }
  }
}

/// A range of an object's bytes.
func readBytes(
  _ origin: any Origin, _ object: OriginObject, _ version: String, _ range: Range<UInt64>
) async throws -> [UInt8] {
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 16)
  defer { buffer.deallocate() }
  try await origin.read(object, version: version, range: range, into: buffer)
  return Array(buffer)
}

/// What `open` answers, what it told before the bytes came, and the bytes.
@discardableResult
func open(
  _ origin: any Origin, _ object: OriginObject, _ range: Range<UInt64>, isWanted: Bool = true
) async throws -> (attributes: ObjectAttributes, told: ObjectAttributes?, bytes: [UInt8]?) {
  let memory = try PayloadMemory(capacityBytes: 1 << 20, largestBlock: 1 << 17)
  let state = Mutex<(told: ObjectAttributes?, payload: Payload?)>((nil, nil))
  let attributes = try await origin.open(object, range: range) { attributes in
    let count = min(range.upperBound, attributes.size) - range.lowerBound
    let payload = isWanted ? memory.allocate(Int(count)) : nil
    state.withLock { $0 = (attributes, payload) }
    return payload
  }
  let (told, payload) = state.withLock { $0 }
  return (attributes, told, payload.map { Array($0.bytes) })
}
