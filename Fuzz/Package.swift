// swift-tools-version: 6.2
import PackageDescription

// A package of its own, because its flags have no place in the node's. `Tarn` leads to the node's
// sources, which are built here once more: instrumented, and open to @testable imports. What they
// depend on is built as always. libFuzzer looks at every counter after every input, so with all
// dependencies instrumented it would be three times slower, and learn nothing about our parsers.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]
let instrumented = settings + [.unsafeFlags(["-sanitize=fuzzer", "-enable-testing"])]

let package = Package(
  name: "tarn-fuzz",
  dependencies: [
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
  ],
  targets: [
    // As in the node's package.
    .systemLibrary(
      name: "CLZ4", path: "Tarn/CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .target(name: "CPrefetch", path: "Tarn/CPrefetch"),
    .target(
      name: "CKernel", path: "Tarn/CKernel",
      linkerSettings: [.linkedLibrary("uring"), .linkedLibrary("xxhash")]),
    .target(
      name: "TarnCore", dependencies: ["CPrefetch"], path: "Tarn/Core", swiftSettings: instrumented),
    .target(
      name: "TarnSettings",
      dependencies: ["TarnCore", .product(name: "Yams", package: "Yams")],
      path: "Tarn/Settings", swiftSettings: instrumented),
    .target(
      name: "TarnTraceFormat", dependencies: ["CLZ4"], path: "Tarn/TraceFormat",
      swiftSettings: instrumented),
    .target(
      name: "TarnDecisions", dependencies: ["TarnCore", "TarnTraceFormat", "CLZ4"],
      path: "Tarn/Decisions", swiftSettings: instrumented),
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
      ], path: "Tarn/Node", swiftSettings: instrumented),

    .target(name: "CFuzzer", path: "Sources/CFuzzer"),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "CFuzzer", "CKernel", "TarnCore", "TarnSettings", "TarnTraceFormat", "TarnDecisions",
        "TarnNode",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Crypto", package: "swift-crypto"),
      ], path: "Sources/fuzz", swiftSettings: settings,
      // gold, the usual linker, does not take libFuzzer beside a main of our own. For the wrapped
      // calls see LazyCounters.c.
      linkerSettings: [
        .unsafeFlags([
          "-sanitize=fuzzer", "-use-ld=lld",
          "-Xlinker", "--wrap=__sanitizer_cov_8bit_counters_init",
          "-Xlinker", "--wrap=__sanitizer_cov_pcs_init",
        ])
      ]),
  ],
  swiftLanguageModes: [.v6]
)
