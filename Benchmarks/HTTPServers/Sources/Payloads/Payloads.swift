import Foundation
public import NIOCore

/// The files of a folder, in memory, by the path that they are served at.
public struct Payloads: Sendable {
  public let port: Int
  /// `/FOLDER/FILE`, FOLDER being the folder's last component.
  public let byPath: [String: ByteBuffer]

  /// Of the arguments `PORT FOLDER`.
  public init(arguments: [String]) throws {
    guard arguments.count >= 3, let port = Int(arguments[1]) else {
      throw PayloadsError("usage: \(arguments[0]) PORT FOLDER")
    }
    self.port = port
    let folder = URL(fileURLWithPath: arguments[2])
    var found: [String: ByteBuffer] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let data = try Data(contentsOf: folder.appendingPathComponent(name))
      found["/\(folder.lastPathComponent)/\(name)"] = ByteBuffer(bytes: data)
    }
    byPath = found
  }
}

public struct PayloadsError: Error, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}
