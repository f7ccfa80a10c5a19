// swift-tools-version: 6.2
import PackageDescription

// What a request costs in the HTTP servers that Tarn could have been built on. A package of its own, so
// that Tarn depends on none of it:
// - hummingbird: an HTTP server and framework on SwiftNIO and structured concurrency.
// - swift-nio: channel handlers behind NIOHTTP1's parser, the layer below.
let package = Package(
  name: "http-servers",
  dependencies: [
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    .target(name: "Payloads", dependencies: [.product(name: "NIOCore", package: "swift-nio")]),
    .executableTarget(
      name: "hummingbird-server",
      dependencies: [
        "Payloads", .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    .executableTarget(
      name: "nio-server",
      dependencies: [
        "Payloads", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
