import TarnCore
import TarnSettings

/// Alluxio Enterprise AI (DORA): clients hash to workers on the nodes.
///
/// **Models** pages of 1 MiB on the workers' NVMe, least recently used, no memory tier of its own; the
/// client asks the first worker on the ring, then the second, then the store. A configuration of the
/// core: flash alone, owners only, two owners, no fan-out, no budget. **From** Alluxio's architecture,
/// ring and resiliency pages. **Leaves out** metadata (it lies with the worker), prefetching beyond the
/// reader's depth, the workers' page cache in memory, per-file placement (all pages of a file lie on one
/// worker; here each page is placed alone). **Errs** in its favour: pages spread evenly, concurrent
/// misses of a page share one read of the store, the ring follows a loss within the scenario's
/// detection time; against it: an origin read waits one message to the budget keeper, under 1 ms, and
/// a worker's page cache answers nothing.
extension Design {
  static let alluxio = Design(
    name: "alluxio", title: "Alluxio DORA", models: alluxioModels, leavesOut: alluxioLeavesOut,
    errs: alluxioErrs, extraHardware: alluxioHardware, documents: alluxioDocuments,
    assumptions: [alluxioPage, alluxioReplicas, alluxioClient],
    apply: { scenario, traits, values in makeAlluxio(&scenario, &traits, values) })

  /// The same with direct reads: where the client runs on the worker that has the page it maps the
  /// page's file and copies nothing through the worker. No public document gives its latency.
  static let alluxioDAX = Design(
    name: "alluxio-dax", title: "Alluxio, direct local reads",
    models: alluxioModels
      + " Where client and worker share a node, the client maps the page's file: no hop.",
    leavesOut: alluxioLeavesOut, errs: alluxioErrs, extraHardware: alluxioHardware,
    documents: alluxioDocuments,
    assumptions: [alluxioDirect, alluxioPage, alluxioReplicas, alluxioClient],
    apply: { scenario, traits, values in
      makeAlluxio(&scenario, &traits, values)
      traits.directOverhead = values.nanoseconds("alluxio-dax.direct_us", unit: 1000)
    })

  private static func makeAlluxio(
    _ scenario: inout Scenario, _ traits: inout DesignTraits, _ values: DesignValues
  ) {
    traits.holdsKV = false
    traits.clientOverhead = values.nanoseconds("alluxio.client_us", unit: 1000)
    scenario.setBlocks(values.mebibytes("alluxio.page_mib"))
    scenario.liftBudgets()
    scenario.changeCaches { settings in
      settings.memoryAdmission = .never
      settings.flashEviction = EvictionConfiguration(.lru)
      settings.flashAdmission = .always
      settings.flashFill = .ownersOnFill
      settings.fetch.owners = UInt8(values["alluxio.replicas"].rounded())
      // A worker serves whoever asks: nobody is sent on to another reader.
      settings.fetch.fanOut = .max
      settings.fetch.fanOutWindowNanoseconds = 0
    }
  }

  private static let alluxioModels =
    "Clients hash 1 MiB pages to workers on the nodes; pages on NVMe, LRU; the first worker, then the "
    + "second, then the store."
  private static let alluxioLeavesOut =
    "Metadata, the workers' page cache, placement by whole file, prefetching beyond the reader's depth."
  private static let alluxioErrs =
    "In its favour: pages spread evenly, concurrent misses share a read. Against it: no page cache in "
    + "the workers' memory."
  private static let alluxioHardware =
    "three etcd members and a coordinator a cluster; workers run on the nodes"

  private static let alluxioDocuments = [
    Document(
      title: "Alluxio Architecture: A Decentralized Data Acceleration Layer for the AI Era",
      url: "https://www.alluxio.io/whitepaper/"
        + "alluxio-architecture-a-decentralized-data-acceleration-layer-for-the-ai-era"),
    Document(
      title: "Hash Ring and Worker Lifecycle",
      url: "https://documentation.alluxio.io/ee-ai-en/administration/managing-ring"),
    Document(
      title: "I/O Resiliency",
      url: "https://documentation.alluxio.io/ee-ai-en/core-concepts/io-resiliency"),
  ]

  private static let alluxioPage = DesignAssumption(
    key: "alluxio.page_mib", title: "page, MiB", value: 1, low: 1, high: 16, least: 1, most: 64,
    status: .published, source: "alluxio.worker.page.store.page.size=1MB",
    url: "https://github.com/Alluxio/alluxio/blob/main/docs/en/dora/Deploy-Alluxio-Cluster.md")

  private static let alluxioReplicas = DesignAssumption(
    key: "alluxio.replicas", title: "workers asked before the store", value: 2, low: 1, high: 3,
    least: 1, most: 4, status: .given,
    source: "given as two; the resiliency page describes replicas, then the store")

  private static let alluxioClient = DesignAssumption(
    key: "alluxio.client_us", title: "from a reader's call through FUSE and the client, us",
    value: 200, low: 50, high: 800, least: 0.1, most: 100_000, status: .assumed,
    source: "the white paper promises less than 1 ms in all, without its parts",
    url: "https://www.alluxio.io/whitepaper/"
      + "alluxio-architecture-a-decentralized-data-acceleration-layer-for-the-ai-era")

  private static let alluxioDirect = DesignAssumption(
    key: "alluxio-dax.direct_us", title: "of a direct local read, us", value: 5, low: 1, high: 50,
    least: 0.1, most: 100_000, status: .assumed,
    source: "a page fault of a mapped file that lies on flash; no figure is public")
}
