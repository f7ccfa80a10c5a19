internal import FoundationEssentials

/// The parts of etcd's JSON that we use. Fields that etcd leaves out are zero or empty.
enum Etcd {
  /// 64 bits as a string.
  struct Number: Codable, Equatable, Sendable {
    var value: Int64
    init(_ value: Int64) { self.value = value }
    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self), let value = Int64(text) {
        self.value = value
      } else {
        value = try container.decode(Int64.self)
      }
    }
    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(String(value))
    }
  }

  /// Bytes as base64. Ours are text.
  struct Text: Codable, Equatable, Sendable {
    var value: String
    init(_ value: String) { self.value = value }
    init(from decoder: any Decoder) throws {
      let bytes = try decoder.singleValueContainer().decode(Data.self)
      value = String(decoding: bytes, as: UTF8.self)
    }
    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(Data(value.utf8))
    }
  }

  struct Header: Decodable, Sendable { var revision: Number? }

  struct KeyValue: Decodable, Sendable {
    var key: Text
    var value: Text?
    var create_revision: Number?
    var mod_revision: Number?
    var lease: Number?
  }

  struct RangeRequest: Encodable, Sendable {
    var key: Text
    var range_end: Text?
  }
  struct RangeResponse: Decodable, Sendable {
    var header: Header
    var kvs: [KeyValue]?
  }

  struct LeaseGrantRequest: Encodable, Sendable { var TTL: Number }
  struct LeaseRequest: Encodable, Sendable { var ID: Number }
  struct LeaseGrantResponse: Decodable, Sendable { var ID: Number }
  struct Ignored: Decodable, Sendable {}
  struct KeepAliveResponse: Decodable, Sendable {
    struct Result: Decodable, Sendable {
      var ID: Number
      /// Seconds that the lease has from now; absent or 0 if there is no such lease.
      var TTL: Number?
    }
    var result: Result?
  }

  struct Compare: Encodable, Sendable {
    var key: Text
    var target: String
    var result = "EQUAL"
    var create_revision: Number?
    var mod_revision: Number?
  }
  struct Put: Encodable, Sendable {
    var key: Text
    var value: Text
    var lease: Number
  }
  struct Operation: Encodable, Sendable { var request_put: Put }
  struct TxnRequest: Encodable, Sendable {
    var compare: [Compare]
    var success: [Operation]
  }
  struct TxnResponse: Decodable, Sendable { var succeeded: Bool? }

  struct WatchRequest: Encodable, Sendable {
    struct Create: Encodable, Sendable {
      var key: Text
      var range_end: Text
      var start_revision: Number
      var progress_notify = true
    }
    var create_request: Create
  }
  struct WatchResponse: Decodable, Sendable {
    struct Event: Decodable, Sendable {
      /// "DELETE", or absent for a put.
      var type: String?
      var kv: KeyValue
    }
    struct Result: Decodable, Sendable {
      var header: Header?
      var created: Bool?
      var canceled: Bool?
      var compact_revision: Number?
      var cancel_reason: String?
      var events: [Event]?
    }
    var result: Result?
    var error: StreamError?
  }
  struct StreamError: Decodable, Sendable { var message: String? }

  /// The end of the range of all keys that start with `prefix`: the prefix with its last byte one
  /// higher. Ours end in a slash, so there is always a next byte.
  static func rangeEnd(_ prefix: String) -> String { prefix.dropLast() + "0" }
}

/// What a node says about itself in etcd: the value at PREFIX/ordinal.
struct EtcdMember: Codable, Equatable, Sendable {
  var host: String
  var port: Int
  var weight: UInt8
  var rack: UInt16
  var zone: UInt8
  /// Random, new for each start: tells a node's own key from a namesake's.
  var instance: String
}
