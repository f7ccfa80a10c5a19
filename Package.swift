// swift-tools-version: 6.2
import PackageDescription

// Every dependency has its reason:
// - swift-argument-parser: the command lines of `tarn` and `tarn-node`.
// - Yams: scenarios and node configuration are YAML; its nodes carry line numbers for our errors.
// - hdrhistogram-swift: latency percentiles with a stated relative error.
// - swift-nio: the node's event loops, sockets and buffers.
// - async-http-client: requests to origins over HTTP and TLS.
// - swift-nio-ssl: TLS on the connections by which blocks are read.
// - swift-crypto: SHA-256 and HMAC of AWS's and Azure's signatures.
// - swift-log, swift-metrics: the interfaces through which the node logs and counts.
// - swift-service-lifecycle: signals, and an orderly end of the node's services.
// System libraries: liblz4 compresses what Tarn writes to disk, jemalloc is the process allocator,
// zlib and libzstd read the compressed files in which public traces come, liburing submits the
// node's flash reads and writes, xxhash checks the bytes that come back.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "tarn",
  products: [
    .library(name: "TarnCore", targets: ["TarnCore"]),
    .library(name: "TarnSettings", targets: ["TarnSettings"]),
    .library(name: "TarnTraceFormat", targets: ["TarnTraceFormat"]),
    .library(name: "TarnDecisions", targets: ["TarnDecisions"]),
    .library(name: "TarnSim", targets: ["TarnSim"]),
    .library(name: "TarnNode", targets: ["TarnNode"]),
    .library(name: "TarnScore", targets: ["TarnScore"]),
    .executable(name: "tarn", targets: ["tarn"]),
    .executable(name: "tarn-node", targets: ["tarn-node"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CLZ4", path: "Sources/CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(
      name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CZstd", path: "Sources/CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]
    ),
    .target(
      name: "CJemalloc", path: "Sources/CJemalloc", linkerSettings: [.linkedLibrary("jemalloc")]),
    .target(name: "CPrefetch", path: "Sources/CPrefetch"),
    .target(
      name: "CKernel", path: "Sources/CKernel",
      linkerSettings: [.linkedLibrary("uring"), .linkedLibrary("xxhash")]),

    .target(
      name: "TarnCore", dependencies: ["CPrefetch"], path: "Sources/Core", swiftSettings: settings),
    // What the simulator and the node share: settings read from YAML, recorded requests, recorded
    // decisions.
    .target(
      name: "TarnSettings",
      dependencies: ["TarnCore", .product(name: "Yams", package: "Yams")],
      path: "Sources/Settings", swiftSettings: settings),
    .target(
      name: "TarnTraceFormat", dependencies: ["CLZ4"], path: "Sources/TraceFormat",
      swiftSettings: settings),
    .target(
      name: "TarnDecisions", dependencies: ["TarnCore", "TarnTraceFormat", "CLZ4"],
      path: "Sources/Decisions", swiftSettings: settings),
    .target(
      name: "TarnSim",
      dependencies: [
        "TarnCore", "TarnSettings", "TarnTraceFormat", "TarnDecisions", "CPrefetch", "CLZ4",
        "CZlib", "CZstd",
        .product(name: "Yams", package: "Yams"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ], path: "Sources/Sim", swiftSettings: settings),
    .target(
      name: "TarnNode",
      dependencies: [
        "TarnCore", "TarnSettings", "TarnTraceFormat", "TarnDecisions", "CKernel", "CLZ4",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "Yams", package: "Yams"),
      ], path: "Sources/Node", swiftSettings: settings),

    // Replays a trace at a cache over HTTP and is that cache's origin; knows neither Sim nor Node.
    .target(
      name: "TarnScore",
      dependencies: [
        "TarnTraceFormat",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ], path: "Sources/Score", swiftSettings: settings),

    .executableTarget(
      name: "tarn",
      dependencies: [
        "TarnSim", "TarnScore", "TarnSettings", "TarnTraceFormat", "CJemalloc",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Sources/tarn", swiftSettings: settings),
    .executableTarget(
      name: "tarn-node",
      dependencies: [
        "TarnNode", "TarnSettings", "CJemalloc",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ], path: "Sources/tarn-node", swiftSettings: settings),

    .executableTarget(
      name: "bench-placement", dependencies: ["TarnCore"], path: "Benchmarks/Placement",
      swiftSettings: settings),
    .executableTarget(
      name: "bench-core", dependencies: ["TarnCore", "CJemalloc"], path: "Benchmarks/Core",
      swiftSettings: settings),
    .executableTarget(
      name: "bench-curves", dependencies: ["TarnSim", "TarnCore", "CJemalloc"],
      path: "Benchmarks/Curves", swiftSettings: settings),
    .target(name: "PriorityQueue", path: "Benchmarks/PriorityQueue"),
    .executableTarget(
      name: "bench-kernel", dependencies: ["TarnSim", "TarnCore", "PriorityQueue"],
      path: "Benchmarks/Kernel", swiftSettings: settings),
    .executableTarget(
      name: "bench-trace", dependencies: ["TarnSim", "TarnTraceFormat", "CJemalloc"],
      path: "Benchmarks/Trace", swiftSettings: settings),
    .executableTarget(
      name: "bench-flash",
      dependencies: [
        "TarnNode", "TarnCore", "CJemalloc",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], path: "Benchmarks/Flash", swiftSettings: settings),
    .executableTarget(
      name: "bench-peer",
      dependencies: [
        "TarnNode", "TarnCore", "CKernel",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], path: "Benchmarks/Peer", swiftSettings: settings),

    .testTarget(
      name: "CoreTests", dependencies: ["TarnCore"], path: "Tests/CoreTests",
      swiftSettings: settings),
    .testTarget(
      name: "SimTests",
      dependencies: ["TarnSim", "TarnCore", "TarnSettings", "TarnTraceFormat", "TarnDecisions"],
      path: "Tests/SimTests", swiftSettings: settings),
    .testTarget(
      name: "ScoreTests",
      dependencies: ["TarnScore", .product(name: "NIOHTTP1", package: "swift-nio")],
      path: "Tests/ScoreTests", swiftSettings: settings),
    .testTarget(
      name: "NodeTests",
      dependencies: [
        "TarnNode", "TarnCore", "TarnSettings", "TarnTraceFormat", "TarnDecisions", "CKernel",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Logging", package: "swift-log"),
      ], path: "Tests/NodeTests", swiftSettings: settings),
    // Spawns the built binaries; links none of them.
    .testTarget(
      name: "EndToEnd", path: "Tests/EndToEnd", exclude: ["Clients"], swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
