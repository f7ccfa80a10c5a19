internal import AsyncHTTPClient
internal import Logging
internal import NIOPosix

/// An origin on its own, without a node around it.
public enum OpenedOrigin {
  /// Opens an origin for as long as `body` runs.
  public static func with<Result: Sendable>(
    _ place: NodeConfiguration.OriginPlace, _ body: (any Origin) async throws -> Result
  ) async throws -> Result {
    let client = HTTPClient.forOrigins(group: MultiThreadedEventLoopGroup.singleton)
    do {
      let builder = OriginBuilder(
        client: client, threads: .singleton, logger: Logger(label: "tarn.origin"))
      let result = try await body(try builder.open(place))
      try await client.shutdown()
      return result
    } catch {
      try? await client.shutdown()
      throw error
    }
  }
}
