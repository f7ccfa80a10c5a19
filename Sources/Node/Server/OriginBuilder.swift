internal import AsyncHTTPClient
internal import Logging
internal import NIOPosix

/// Opens the configured origins.
struct OriginBuilder {
  let client: HTTPClient
  let threads: NIOThreadPool
  let logger: Logger

  func build(
    _ places: [NodeConfiguration.OriginPlace]
  ) throws -> [(name: String, origin: any Origin)] {
    try places.map { (name: $0.name, origin: try open($0)) }
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
