public import TarnCore
import TarnTraceFormat

/// The first bytes of a recording of decisions: whose, and everything that a fresh core needs to
/// decide the same. See traces/DECISIONS.md, "Header".
public struct DecisionLogHeader: Sendable, Equatable {
  /// The core's version.
  public var coreVersion: String
  /// The node's ordinal in its cell.
  public var node: NodeID
  /// How often the node had started before.
  public var incarnation: UInt16
  /// Which of the node's shards.
  public var shard: Int
  /// The wall clock at the start, in nanoseconds since 1970 (UTC); 0 in the simulator, where there
  /// is none.
  public var startedNanoseconds: UInt64
  /// What the core is configured with.
  public var configuration: CacheConfiguration

  /// The header of a recording by this Tarn.
  public init(
    node: NodeID, incarnation: UInt16 = 0, shard: Int = 0, startedNanoseconds: UInt64 = 0,
    configuration: CacheConfiguration
  ) {
    coreVersion = tarnVersion
    self.node = node
    self.incarnation = incarnation
    self.shard = shard
    self.startedNanoseconds = startedNanoseconds
    self.configuration = configuration
  }

  static let magic: [UInt8] = [0x89, 0x54, 0x44, 0x45, 0x43, 0x0D, 0x0A, 0x1A]
  static let version: UInt16 = 1
  static let fixedByteCount = 16
  static let mostBytes = 1 << 16

  /// The header's bytes: what a recording begins with.
  public var bytes: [UInt8] {
    let text =
      Array(
        """
        core=\(coreVersion)
        node=\(node.ordinal)
        incarnation=\(incarnation)
        shard=\(shard)
        started=\(startedNanoseconds)

        """.utf8) + Array(ConfigurationText.write(configuration).utf8)
    var bytes = Self.magic
    bytes.append(littleEndian: Self.version)
    bytes.append(littleEndian: UInt16(0))
    bytes.append(littleEndian: UInt32(Self.fixedByteCount + text.count + 8))
    bytes += text
    bytes.append(littleEndian: XXHash64.hash(bytes))
    precondition(bytes.count <= Self.mostBytes, "a configuration fits a header")
    return bytes
  }

  /// Why bytes are no header.
  enum Fault: Error, Equatable {
    case foreign
    case damaged(String)
    case version(String)
  }

  /// The header's length, from its first `fixedByteCount` bytes.
  static func byteCount(of bytes: UnsafeRawBufferPointer) throws(Fault) -> Int {
    guard bytes.count >= magic.count, bytes.prefix(magic.count).elementsEqual(magic) else {
      throw .foreign
    }
    var cursor = ByteCursor(bytes)
    guard cursor.next(count: magic.count) != nil, let found = cursor.next(UInt16.self),
      cursor.next(UInt16.self) != nil, let length = cursor.next(UInt32.self)
    else { throw .damaged("the file ends inside its header") }
    guard found == version else {
      throw .version("has format version \(found); this Tarn reads version \(version)")
    }
    guard (fixedByteCount + 8...mostBytes).contains(Int(length)) else {
      throw .damaged("the header's length is impossible")
    }
    return Int(length)
  }

  /// The header that whole bytes are.
  init(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
    let count = try Self.byteCount(of: bytes)
    guard count == bytes.count else { throw .damaged("the file ends inside its header") }
    let body = UnsafeRawBufferPointer(rebasing: bytes[..<(count - 8)])
    var check = ByteCursor(UnsafeRawBufferPointer(rebasing: bytes[(count - 8)...]))
    guard check.next(UInt64.self) == XXHash64.hash(body) else {
      throw .damaged("the header's checksum does not match")
    }
    let text = String(decoding: body[Self.fixedByteCount...], as: UTF8.self)
    var lines = text.split(separator: "\n")[...]
    func value(_ name: String) throws(Fault) -> Substring {
      guard let line = lines.popFirst(), line.hasPrefix("\(name)=") else {
        throw .version("has a header without \(name) in its place")
      }
      return line.dropFirst(name.count + 1)
    }
    let core = try value("core")
    guard let node = UInt16(try value("node")), let life = UInt16(try value("incarnation")),
      let shard = Int(try value("shard")), let started = UInt64(try value("started"))
    else { throw .version("has a header with an impossible number") }
    do throws(ConfigurationText.Problem) {
      let configuration = try ConfigurationText.read(Array(lines))
      self.init(
        node: NodeID(node), incarnation: life, shard: shard, startedNanoseconds: started,
        configuration: configuration)
    } catch { throw .version(error.message) }
    coreVersion = String(core)
  }
}

extension [UInt8] {
  /// Appends a number, lowest byte first.
  mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(littleEndian value: Value) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
