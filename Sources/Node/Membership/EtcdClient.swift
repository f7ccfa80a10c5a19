internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// etcd's version 3 interface as JSON (etcd documentation, "gRPC gateway"). Numbers of 64 bits are
/// strings there, keys and values base64.
///
/// Several endpoints are tried in turn, starting with the one that answered last.
final class EtcdClient: Sendable {
  private let endpoints: [String]
  private let http: HTTPClient
  private let preferred = Mutex(0)
  private let patience: TimeAmount

  /// - Parameters:
  ///   - timeoutNanoseconds: how long a call may take.
  ///   - quietNanoseconds: a stream that says nothing for so long ends: its other end may be gone.
  init(
    _ endpoints: [String], timeoutNanoseconds: UInt64 = 3_000_000_000,
    quietNanoseconds: UInt64 = 20_000_000_000
  ) {
    self.endpoints = endpoints.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    patience = .nanoseconds(Int64(clamping: timeoutNanoseconds))
    var configuration = HTTPClient.Configuration()
    configuration.timeout.connect = .seconds(1)
    configuration.timeout.read = .nanoseconds(Int64(clamping: quietNanoseconds))
    http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  func shutdown() async { try? await http.shutdown() }

  // MARK: Calls

  /// One request, one answer.
  func call<Answer: Decodable>(
    _ path: String, _ body: some Encodable & Sendable, _ type: Answer.Type = Answer.self
  ) async throws(EtcdError) -> Answer {
    let bytes = try encode(body)
    return try await overEndpoints { endpoint throws(EtcdError) in
      do {
        let response = try await self.http.execute(
          self.request(endpoint, path, bytes), timeout: self.patience)
        let text = try await response.body.collect(upTo: 64 << 20)
        guard response.status == .ok else {
          throw EtcdError(refused: endpoint, path, String(buffer: text))
        }
        return try JSONDecoder().decode(
          Answer.self, from: Data(text.readableBytesView))
      } catch let error as EtcdError {
        throw error
      } catch {
        throw EtcdError(unreachable: endpoint, path, "\(error)")
      }
    }
  }

  /// One request, an endless answer: a JSON object a line. Returns when the stream ends or has been
  /// quiet for too long, or `take` answers false; throws when it breaks.
  func stream<Answer: Decodable>(
    _ path: String, _ body: some Encodable & Sendable, _ type: Answer.Type,
    _ take: (Answer) async throws(EtcdError) -> Bool
  ) async throws(EtcdError) {
    let bytes = try encode(body)
    let index = preferred.withLock { $0 }
    let endpoint = endpoints[index]
    do {
      let response = try await http.execute(
        request(endpoint, path, bytes), deadline: .now() + .hours(24 * 365))
      guard response.status == .ok else {
        throw EtcdError(
          refused: endpoint, path, String(buffer: try await response.body.collect(upTo: 1 << 20)))
      }
      var lines = EtcdLines()
      for try await piece in response.body {
        for line in lines.take(piece.readableBytesView) {
          if try await !take(try JSONDecoder().decode(Answer.self, from: Data(line))) { return }
        }
      }
    } catch {
      if (error as? HTTPClientError) == .readTimeout { return }
      // The next call looks for another endpoint.
      preferred.withLock { if $0 == index { $0 = (index + 1) % endpoints.count } }
      if let error = error as? EtcdError { throw error }
      throw EtcdError(unreachable: endpoint, path, "\(error)")
    }
  }

  private func overEndpoints<Answer>(
    _ body: (String) async throws(EtcdError) -> Answer
  ) async throws(EtcdError) -> Answer {
    let first = preferred.withLock { $0 }
    var last: EtcdError?
    for offset in endpoints.indices {
      let index = (first + offset) % endpoints.count
      do throws(EtcdError) {
        let answer = try await body(endpoints[index])
        preferred.withLock { $0 = index }
        return answer
      } catch {
        // What one member refuses, all refuse; only silence sends us on.
        guard error.isUnreachable else { throw error }
        last = error
      }
    }
    throw last ?? EtcdError(unreachable: "none", "", "cell.discovery.etcd.endpoints is empty")
  }

  private func request(_ endpoint: String, _ path: String, _ body: ByteBuffer) -> HTTPClientRequest
  {
    var request = HTTPClientRequest(url: endpoint + path)
    request.method = .POST
    request.headers.add(name: "content-type", value: "application/json")
    request.body = .bytes(body)
    return request
  }

  private func encode(_ body: some Encodable) throws(EtcdError) -> ByteBuffer {
    do {
      return ByteBuffer(bytes: try JSONEncoder().encode(body))
    } catch {
      throw EtcdError(unreachable: "none", "", "a request can't be written as JSON: \(error)")
    }
  }
}

/// Lines of a stream that comes in pieces.
struct EtcdLines {
  private var rest: [UInt8] = []

  /// The lines that end in this piece, without their ends.
  mutating func take(_ piece: some Sequence<UInt8>) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    for byte in piece {
      guard byte == UInt8(ascii: "\n") else {
        rest.append(byte)
        continue
      }
      if !rest.isEmpty { lines.append(rest) }
      rest = []
    }
    return lines
  }
}

/// etcd can't be reached, or does not do what it is asked.
struct EtcdError: Error, Equatable, CustomStringConvertible {
  let isUnreachable: Bool
  let description: String

  init(unreachable endpoint: String, _ path: String, _ reason: String) {
    isUnreachable = true
    description =
      "etcd at \(endpoint) can't be reached for \(path) (\(reason)): correct "
      + "cell.discovery.etcd.endpoints, or start it"
  }

  init(refused endpoint: String, _ path: String, _ reason: String) {
    isUnreachable = false
    description = "etcd at \(endpoint) refused \(path): \(reason)"
  }

  init(_ description: String) {
    isUnreachable = false
    self.description = description
  }
}
