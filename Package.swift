// swift-tools-version: 6.2
import PackageDescription

// Every dependency has its reason:
// - swift-argument-parser: the command lines of `tarn` and `tarn-node`.
// - Yams: scenarios and node configuration are YAML; its nodes carry line numbers for our errors.
// - hdrhistogram-swift: latency percentiles with a stated relative error.
// System libraries: liblz4 compresses what Tarn writes to disk, jemalloc is the process allocator,
// zlib and libzstd read the compressed files in which public traces come.
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
    .library(name: "TarnSim", targets: ["TarnSim"]),
    .library(name: "TarnNode", targets: ["TarnNode"]),
    .executable(name: "tarn", targets: ["tarn"]),
    .executable(name: "tarn-node", targets: ["tarn-node"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
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
      name: "TarnCore", dependencies: ["CPrefetch"], path: "Sources/Core", swiftSettings: settings),
    .target(
      name: "TarnSim",
      dependencies: [
        "TarnCore", "CPrefetch", "CLZ4", "CZlib", "CZstd",
        .product(name: "Yams", package: "Yams"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ], path: "Sources/Sim", swiftSettings: settings),
    .target(
      name: "TarnNode", dependencies: ["TarnCore"], path: "Sources/Node", swiftSettings: settings),

    .executableTarget(
      name: "tarn",
      dependencies: [
        "TarnSim", "CJemalloc",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Sources/tarn", swiftSettings: settings),
    .executableTarget(
      name: "tarn-node",
      dependencies: [
        "TarnNode", "CJemalloc",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
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
      name: "bench-trace", dependencies: ["TarnSim", "CJemalloc"], path: "Benchmarks/Trace",
      swiftSettings: settings),

    .testTarget(
      name: "CoreTests", dependencies: ["TarnCore"], path: "Tests/CoreTests",
      swiftSettings: settings),
    .testTarget(
      name: "SimTests", dependencies: ["TarnSim", "TarnCore"], path: "Tests/SimTests",
      swiftSettings: settings),
    // Spawns the built binaries; links none of them.
    .testTarget(name: "EndToEnd", path: "Tests/EndToEnd", swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
