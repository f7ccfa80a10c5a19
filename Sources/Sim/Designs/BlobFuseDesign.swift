import TarnCore
import TarnSettings

/// BlobFuse2 2.5 with its block cache: every node for itself.
///
/// **Models** blocks of 16 MiB in memory, then on local disk, both least recently used, dropped when
/// nobody has read them for 120 s; nothing shared between nodes; no budget; perfect readahead. A
/// configuration of the core: cells of one node each, flash filled with everything that is read. The
/// time-out is the driver's: it invalidates what has been idle for so long. **From** the base
/// configuration of azure-storage-fuse and Microsoft's pages on streaming and caching. **Leaves out**
/// the file cache (whole files; worse for large ones, the same for small ones), ETags (versions do not
/// change here), 5 GB/s or so that one FUSE mount passes, writes. **Errs** in its favour: no FUSE limit,
/// no read amplification, disk and memory as large as Tarn's.
extension Design {
  static let blobfuse = Design(
    name: "blobfuse", title: "BlobFuse2, per node",
    models:
      "Block cache of 16 MiB blocks, memory then local disk, LRU, dropped after 120 s without a "
      + "read; nothing shared between nodes.",
    leavesOut: "The file cache, ETag checks, a FUSE mount's limit on bandwidth, writes.",
    errs: "In its favour: perfect readahead, no read amplification, no FUSE bandwidth limit.",
    extraHardware: "none",
    documents: [
      Document(
        title: "azure-storage-fuse, setup/baseConfig.yaml",
        url: "https://github.com/Azure/azure-storage-fuse/blob/main/setup/baseConfig.yaml"),
      Document(
        title: "Configure BlobFuse for streaming mode",
        url: "https://learn.microsoft.com/azure/storage/blobs/blobfuse2-configure-streaming"),
    ],
    assumptions: [blobfuseTimeout, blobfuseBlock, fuseOverhead],
    apply: { scenario, traits, values in
      traits.poolsCells = false
      traits.holdsKV = false
      traits.clientOverhead = values.nanoseconds("blobfuse.fuse_us", unit: 1000)
      let timeout = values["blobfuse.timeout_s"]
      // Nobody simulates a day: from there on the time-out never comes.
      traits.idleTimeout = timeout < 86_400 ? Nanoseconds(timeout * 1e9) : nil
      scenario.setBlocks(values.mebibytes("blobfuse.block_mib"))
      scenario.liftBudgets()
      scenario.changeCaches { settings in
        settings.memoryEviction = EvictionConfiguration(.lru)
        settings.memoryAdmission = .always
        settings.flashEviction = EvictionConfiguration(.lru)
        settings.flashAdmission = .always
        settings.flashFill = .allOnFill
      }
    })

  private static let blobfuseTimeout = DesignAssumption(
    key: "blobfuse.timeout_s", title: "time after which an unread block is dropped, s", value: 120,
    low: 120, high: 86_400, least: 1, most: 1_000_000, status: .published,
    source:
      "disk-timeout-sec and timeout-sec, default 120; an operator may raise it; from a day on "
      + "it never comes, and disks hold what earlier epochs left",
    url: "https://github.com/Azure/azure-storage-fuse/blob/main/setup/baseConfig.yaml")

  private static let blobfuseBlock = DesignAssumption(
    key: "blobfuse.block_mib", title: "block, MiB", value: 16, low: 4, high: 64, least: 1, most: 64,
    status: .published, source: "block-size-mb, default 16",
    url: "https://github.com/Azure/azure-storage-fuse/blob/main/setup/baseConfig.yaml")

  static let fuseOverhead = DesignAssumption(
    key: "blobfuse.fuse_us", title: "from a reader's call through FUSE to the cache, us", value: 50,
    low: 20, high: 200, least: 0.1, most: 100_000, status: .assumed,
    source: "two switches into the kernel and back; depends on the kernel and on splicing")
}
