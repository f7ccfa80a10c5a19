internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Reads blocks from the cache that is scored, and checks every byte.
struct ScoreClient: Sendable {
  /// What came of a request.
  enum Outcome: Sendable, Equatable {
    /// All bytes came; `saysHit` is what the hit header says, nil without one.
    case answered(saysHit: Bool?)
    /// It answered something else, in words: `HTTP 404`, or how the connection failed.
    case failed(String, isUnreachable: Bool)
    /// It answered bytes that are not the object's.
    case wrong(String)
  }

  let client: HTTPClient
  let layout: ObjectLayout
  let settings: ScoreSettings

  func read(_ block: Int) async throws(CancellationError) -> Outcome {
    let piece = layout.piece(of: block)
    let url = settings.url(of: layout.prefix + layout.name(of: piece.object))
    var request = HTTPClientRequest(url: url)
    for header in settings.headers { request.headers.add(name: header.name, value: header.value) }
    if layout.hasRanges {
      request.headers.add(
        name: "Range", value: "bytes=\(piece.offset)-\(piece.offset + piece.length - 1)")
    }
    do {
      let response = try await client.execute(
        request, timeout: .seconds(Int64(settings.timeoutSeconds)))
      return try await check(response, piece, url)
    } catch let error as HTTPClientError {
      if Task.isCancelled { throw CancellationError() }
      return .failed(error.shortDescription, isUnreachable: error == .connectTimeout)
    } catch {
      if Task.isCancelled { throw CancellationError() }
      return .failed("\(error)", isUnreachable: ScoreClient.isUnreachable(error))
    }
  }

  private static func isUnreachable(_ error: any Error) -> Bool {
    if let error = error as? IOError {
      return [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode)
    }
    return error is NIOConnectionError || error is SocketAddressError
  }

  private func check(
    _ response: HTTPClientResponse, _ piece: ObjectLayout.Piece, _ url: String
  ) async throws -> Outcome {
    let status = Int(response.status.code)
    guard status == 200 || status == 206 else {
      for try await _ in response.body {}
      return .failed("HTTP \(status)", isUnreachable: false)
    }
    // A server may answer the whole object to a range, and says so by the status.
    let isPart = status == 206
    let start = isPart ? piece.offset : 0
    let length = isPart ? piece.length : layout.size(of: piece.object)
    let content = layout.content(of: piece.object)
    var received: UInt64 = 0
    var fault: String?
    for try await bytes in response.body {
      if settings.verifies, fault == nil {
        let difference = bytes.withUnsafeReadableBytes {
          content.firstDifference(in: $0, at: start + received)
        }
        fault = difference.map { "\(url): the byte at \($0) is not the object's" }
      }
      received += UInt64(bytes.readableBytes)
    }
    if settings.verifies, received != length {
      fault = fault ?? "\(url): \(received) bytes came, not \(length)"
    }
    if let fault { return .wrong(fault) }
    return .answered(saysHit: settings.hitHeader.map { $0.isIn(response.headers) })
  }
}

extension HitHeader {
  func isIn(_ headers: HTTPHeaders) -> Bool {
    headers[name].contains { $0.lowercased().hasPrefix(value.lowercased()) }
  }
}
