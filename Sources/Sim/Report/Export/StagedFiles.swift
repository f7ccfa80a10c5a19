import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that appear in a directory together or not at all: all are first written under temporary
/// names beside their places, and only when every byte is on its way are they renamed. A full disk
/// or a missing permission therefore leaves what was there before.
struct StagedFiles {
  private let directory: URL
  private var staged: [(temporary: URL, place: URL)] = []

  /// Writes what `stage` adds into the directory `path`; nothing if it throws.
  static func write(
    in path: String, _ stage: (inout StagedFiles) throws(ExportError) -> Void
  ) throws(ExportError) {
    var files = try StagedFiles(in: path)
    do {
      try stage(&files)
    } catch {
      files.discard()
      throw error
    }
    try files.publish()
  }

  /// Creates the directory, with its parents, where it is missing.
  private init(in path: String) throws(ExportError) {
    directory = URL(fileURLWithPath: path, isDirectory: true)
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    } catch {
      throw ExportError(path: path, reason: Self.reason(of: error))
    }
  }

  mutating func add(_ name: String, _ bytes: Data) throws(ExportError) {
    let process = ProcessInfo.processInfo.processIdentifier
    let temporary = directory.appendingPathComponent(".\(name).\(process).partial")
    let place = directory.appendingPathComponent(name)
    staged.append((temporary, place))
    do {
      try bytes.write(to: temporary)
    } catch {
      throw ExportError(path: place.path, reason: Self.reason(of: error))
    }
  }

  mutating func add(_ name: String, _ text: String) throws(ExportError) {
    try add(name, Data(text.utf8))
  }

  /// Adds `value` as one JSON object.
  mutating func add(
    _ name: String, json value: some Encodable, pretty: Bool = true
  ) throws(ExportError) {
    try add(name, Self.json(value, name, pretty: pretty))
  }

  /// Adds `value` as one JSON object without spaces, in an LZ4 frame.
  mutating func add(_ name: String, compressedJSON value: some Encodable) throws(ExportError) {
    try add(name, lz4Frame(of: Data(Self.json(value, name, pretty: false).utf8)))
  }

  private static func json(
    _ value: some Encodable, _ name: String, pretty: Bool
  ) throws(ExportError) -> String {
    do { return try encodedJSON(value, pretty: pretty) } catch {
      throw ExportError(path: name, reason: "it could not be encoded as JSON: \(error)")
    }
  }

  /// Puts every file into its place.
  private mutating func publish() throws(ExportError) {
    for (temporary, place) in staged {
      guard rename(temporary.path, place.path) == 0 else {
        let reason = String(cString: strerror(errno))
        discard()
        throw ExportError(path: place.path, reason: reason)
      }
    }
    staged = []
  }

  /// Removes what was staged; what is already gone is no concern.
  private mutating func discard() {
    for (temporary, _) in staged { unlink(temporary.path) }
    staged = []
  }

  private static func reason(of error: any Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    if let underlying, underlying.domain == NSPOSIXErrorDomain {
      return String(cString: strerror(Int32(underlying.code)))
    }
    return error.localizedDescription
  }
}
