import Foundation

/// What `Tests/Vectors/sigv4.py` had botocore make.
struct SigV4Vectors: Decodable {
  struct Request: Decodable {
    var method: String
    var target: String
    var headers: [[String]]
    var presigned: Bool
    /// Base 64.
    var body: String

    var headerPairs: [(name: String, value: String)] { headers.map { ($0[0], $0[1]) } }
  }
  struct Chunked: Decodable {
    var trailer: String
    /// Base 64, without and with framing.
    var raw: String
    var wire: String
  }
  var accessKey: String
  var secretKey: String
  var region: String
  var time: Int64
  var requests: [Request]
  var chunked: [Chunked]

  enum CodingKeys: String, CodingKey {
    case accessKey = "access key"
    case secretKey = "secret key"
    case region, time, requests, chunked
  }

  static func load() throws -> SigV4Vectors {
    try JSONDecoder().decode(SigV4Vectors.self, from: vectorFile("sigv4.json"))
  }
}

/// A file of `Tests/Vectors`.
func vectorFile(_ name: String) throws -> Data {
  let tests = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  return try Data(contentsOf: tests.appendingPathComponent("Vectors/\(name)"))
}
