import TarnCore
import TarnSettings

/// No cache: every read goes to Blob.
///
/// **Models** readers with an SDK: ranged reads as large as the scenario's blocks, five attempts with
/// exponential pauses, no budget beyond what 503s teach. A configuration of the core: cells of one node
/// each, nothing admitted to memory, no flash. **From** Blob's documented limits. **Leaves out** the
/// page cache, and connections. **Errs** in favour of no cache: two readers of a node that want one block
/// at one moment share a read.
extension Design {
  static let none = Design(
    name: "none", title: "No cache",
    models:
      "Every read goes to Blob, in ranges as large as the scenario's blocks; 503s are retried "
      + "five times with growing pauses.",
    leavesOut: "The page cache; the set-up of connections.",
    errs: "In its favour: readers of one node that want a block at one moment share the read.",
    extraHardware: "none",
    documents: [
      Document(
        title: "Scalability and performance targets for Blob storage",
        url: "https://learn.microsoft.com/azure/storage/blobs/scalability-targets")
    ],
    apply: { scenario, traits, _ in
      traits.poolsCells = false
      traits.holdsKV = false
      scenario.liftBudgets()
      scenario.changeCaches { settings in
        settings.memoryAdmission = .never
        settings.flashCapacity = .bytes(0)
      }
    })
}
