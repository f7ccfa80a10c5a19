import TarnCore
import TarnSettings

/// BlobFuse2 with its distributed cache, read only.
///
/// **Models** each node's block cache in memory, then chunks of 32 MiB on the SSDs of cache servers, one
/// on every node, that a consistent-hash ring with 750 places a server names; discovery every 60 s; a
/// lock on a miss, whose holder reads Blob and uploads the chunk behind its reader's back within a
/// bounded part of memory, while others ask again after 200 ms, doubling to 2 s, for 10 s, and then read
/// Blob themselves; Blob instead of a server that fails. No configuration of the core does that: it is
/// `RingCache`. **From** the design document and the pull requests of azure-storage-fuse. **Leaves out**
/// replication between servers, time to live, TCP connections, the file cache, writes. **Errs** in its
/// favour: an upload that finds no buffer frees its lock at once, servers serve at the speed of the
/// devices, SSDs survive a restart; against it: nodes keep no block cache on their own disk.
extension Design {
  static let blobfuseDist = Design(
    name: "blobfuse-dist", title: "BlobFuse2, distributed",
    models:
      "A block cache in memory on each node before 32 MiB chunks on the SSDs of cache servers on "
      + "a hash ring; lock on a miss with polling, uploads behind the reader's back, Blob on errors.",
    leavesOut: "Replication between servers, time to live, the file cache, writes.",
    errs:
      "In its favour: locks of dropped uploads are freed at once, servers cost no processor time. "
      + "Against it: no block cache on the reader's own disk.",
    extraHardware:
      "none: cache servers run on the nodes; a Kubernetes service or DNS for discovery",
    documents: [
      Document(
        title: "Design: Distributed Caching for Blobfuse2 (component/dist_cache/DESIGN.md)",
        url: "https://github.com/Azure/azure-storage-fuse/pull/2265"),
      Document(
        title: "Add client for Tachyon distributed cache",
        url: "https://github.com/Azure/azure-storage-fuse/pull/2263"),
      Document(
        title: "dist cache read only", url: "https://github.com/Azure/azure-storage-fuse/pull/2296"),
    ],
    assumptions: [chunk, discovery, dial, populate, Design.fuseOverhead],
    apply: { scenario, traits, values in
      traits.holdsKV = false
      traits.clientOverhead = values.nanoseconds("blobfuse.fuse_us", unit: 1000)
      var ring = RingSettings()
      ring.discoveryNanoseconds = values.nanoseconds("blobfuse-dist.discovery_s", unit: 1e9)
      ring.dialNanoseconds = values.nanoseconds("blobfuse-dist.dial_s", unit: 1e9)
      ring.populateShare = values["blobfuse-dist.populate_share"]
      traits.standIn = .ring(ring)
      scenario.setBlocks(values.mebibytes("blobfuse-dist.chunk_mib"))
      scenario.liftBudgets()
    })

  private static let chunk = DesignAssumption(
    key: "blobfuse-dist.chunk_mib", title: "chunk, MiB", value: 32, low: 16, high: 64, least: 1,
    most: 64, status: .published,
    source: "default 32 MiB of the client; the design document recommends 16",
    url: "https://github.com/Azure/azure-storage-fuse/pull/2263")

  private static let discovery = DesignAssumption(
    key: "blobfuse-dist.discovery_s", title: "time between two discoveries of servers, s",
    value: 60,
    low: 10, high: 300, least: 1, most: 3600, status: .given,
    source: "given as 60 s; the public documents name a background refresh without its period")

  private static let dial = DesignAssumption(
    key: "blobfuse-dist.dial_s", title: "time until a server that is gone is given up, s", value: 1,
    low: 0.05, high: 5, least: 0.001, most: 60, status: .assumed,
    source: "the client has a dial time-out; its default is not documented")

  private static let populate = DesignAssumption(
    key: "blobfuse-dist.populate_share", title: "share of memory that uploads may hold", value: 0.1,
    low: 0.02, high: 0.5, least: 0.001, most: 1, status: .published,
    source: "distCacheSharePct is 10 in the review of the read-only integration",
    url: "https://github.com/Azure/azure-storage-fuse/pull/2297")
}
