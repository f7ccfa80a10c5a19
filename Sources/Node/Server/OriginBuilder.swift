internal import AsyncHTTPClient
internal import Logging
internal import NIOPosix

/// An origin and the other paths to its objects.
struct OpenedPaths {
  let name: String
  let origin: MeteredOrigin
  let others: [MeteredOrigin]

  var all: [MeteredOrigin] { [origin] + others }
}

/// Opens the configured origins.
struct OriginBuilder {
  let client: HTTPClient
  let threads: NIOThreadPool
  let logger: Logger

  /// Each origin, and every further path to it, counted on its own: `lake` and `lake/direct`.
  func build(_ places: [NodeConfiguration.OriginPlace]) throws -> [OpenedPaths] {
    func metered(_ place: NodeConfiguration.OriginPlace, _ name: String) throws -> MeteredOrigin {
      MeteredOrigin(try open(place), name: name)
    }
    return try places.map { place in
      OpenedPaths(
        name: place.name, origin: try metered(place, place.name),
        others: try place.paths.map { try metered($0.place, "\(place.name)/\($0.place.name)") })
    }
  }

  func open(_ place: NodeConfiguration.OriginPlace) throws -> any Origin {
    switch place.kind {
    case .directory(let path):
      return try DirectoryOrigin(path: path, pool: threads, logger: logger)
    case .s3(let endpoint, let region, let accessKey, let secretKey):
      return try S3Origin(
        endpoint: endpoint, region: region, accessKey: accessKey, secretKey: secretKey,
        client: client)
    case .azure(let endpoint, let account, let sharedKey, let sas):
      return try AzureOrigin(
        endpoint: endpoint, account: account, sharedKey: sharedKey, sas: sas, client: client)
    }
  }
}
