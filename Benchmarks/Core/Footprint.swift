import CJemalloc
import TarnCore

/// Bytes that cores and their entries occupy, by the core's own books and by the allocator's.
enum Footprint {
  private static let coreLimit = 32_768.0
  private static let entryLimit = 48.0

  static func run(_ policies: [EvictionKind], _ effort: Effort) {
    say("\nBytes of a core, default configuration (s3fifo), the struct's own included.")
    say("jemalloc: growth of `stats.allocated` over many cores, size classes included.")
    say("\n| core | its own books | jemalloc | share of 32 KiB |")
    say("| --- | ---: | ---: | ---: |")
    reportCore("empty, knows its cell", blocks: 0, flash: false, effort)
    reportCore("512 blocks in memory", blocks: 512, flash: false, effort)
    reportCore(
      "512 blocks, each in memory and on flash: 1,024 entries", blocks: 512, flash: true, effort)

    say("\nBytes an entry, full memory tier of \(Subject.blocks) blocks, ghosts included.")
    say("\n| policy | bytes | limit 48 |")
    say("| --- | ---: | --- |")
    for kind in policies {
      let subject = Subject(kind)
      let bytes = Double(subject.driver.node.memory.residentBytes) / Double(Subject.blocks)
      let note = kind == .arc ? " (documented: up to 56, it remembers as many as it holds)" : ""
      say("| \(kind.name) | \(short(bytes)) | \(verdict(bytes, atMost: entryLimit))\(note) |")
    }
  }

  private static func reportCore(
    _ name: String, blocks: Int, flash: Bool, _ effort: Effort
  ) {
    var configuration = CacheConfiguration()
    configuration.memoryBytes = 512 * UInt64(Driver.blockBytes)
    if flash { configuration.flashBytes = 16 << 30 }
    let size = MemoryLayout<CacheNode>.stride
    let books = core(configuration, blocks: blocks).residentBytes + size
    let cores = effort.footprintBytes / books
    let before = tarn_jemalloc_allocated_bytes()
    let nodes = UnsafeMutablePointer<CacheNode>.allocate(capacity: cores)
    for index in 0..<cores {
      (nodes + index).initialize(to: core(configuration, blocks: blocks))
    }
    let growth = Int(tarn_jemalloc_allocated_bytes()) - Int(before)
    let allocated = Double(growth) / Double(cores)
    say(
      "| \(name) | \(books) | \(short(allocated)) "
        + "| \(short(max(Double(books), allocated) / coreLimit)) |")
    nodes.deinitialize(count: cores)
    nodes.deallocate()
  }

  /// A core that holds `blocks` blocks; one that holds none was told its cell and nothing else.
  private static func core(_ configuration: CacheConfiguration, blocks: Int) -> CacheNode {
    guard blocks > 0 else {
      var node = CacheNode(configuration, id: Driver.id)
      var effects = Effects()
      node.step(.view(ClusterViewReference(Driver.view)), at: .zero, into: &effects)
      return node
    }
    var driver = Driver(configuration)
    for first in stride(from: 0, to: blocks, by: 16) {
      driver.fetch(depth: 16) { numberedKey(UInt64(first + $0), series: 3) }
    }
    precondition(driver.node.memory.count == blocks, "every block stays in memory")
    precondition(
      driver.node.flash.count == (configuration.flashBytes > 0 ? blocks : 0),
      "every block reaches flash, if there is any")
    return driver.intoNode()
  }
}
