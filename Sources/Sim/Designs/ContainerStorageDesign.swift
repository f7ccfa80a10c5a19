import TarnCore
import TarnSettings

/// Azure Container Storage 2: a striped volume over each node's NVMe, and staging.
///
/// **Models** a volume over all drives of a node, private to it; before its readers start, a node
/// copies all that they will read of a data set to its volume, 32 ranges at a time; then they read
/// locally. Data sets that a scenario calls warm were staged before. What is larger than the volume is
/// read from Blob. A configuration of the core, without peers, and `StagedVolumes` for the copy.
/// **From** Microsoft's pages on Azure Container Storage with local NVMe. **Leaves out** file systems'
/// overhead, the tool that copies, sharing by hand. **Errs** in its favour: memory caches it as Tarn's
/// does, staging starts by itself, and data that does not fit is still cached in part.
extension Design {
  static let acstor = Design(
    name: "acstor", title: "Azure Container Storage",
    models:
      "A striped volume over each node's NVMe, private to the node; all that its readers need is "
      + "copied from Blob before they start.",
    leavesOut: "The file system, the tool that copies, copies between nodes by hand.",
    errs:
      "In its favour: staging starts by itself, memory caches the volume, data that does not fit "
      + "is still cached in part.",
    extraHardware: "none",
    documents: [
      Document(
        title: "What is Azure Container Storage?",
        url: "https://learn.microsoft.com/azure/storage/container-storage/"
          + "container-storage-introduction"),
      Document(
        title: "Use Azure Container Storage with local NVMe",
        url: "https://learn.microsoft.com/azure/storage/container-storage/"
          + "use-container-storage-with-local-disk"),
    ],
    assumptions: [
      DesignAssumption(
        key: "acstor.depth", title: "ranges of a node's copy under way at once", value: 32, low: 8,
        high: 128, least: 1, most: 4096, status: .assumed,
        source: "AzCopy and its like run tens of ranges at once; the service names no tool")
    ],
    apply: { scenario, traits, values in
      traits.poolsCells = false
      traits.standIn = .staging(depth: Int(values["acstor.depth"]))
      scenario.liftBudgets()
      scenario.changeCaches { settings in
        settings.memoryEviction = EvictionConfiguration(.lru)
        settings.memoryAdmission = .always
        settings.flashEviction = EvictionConfiguration(.fifo)
        settings.flashAdmission = .always
        if settings.flashFill == .ownersOnFill { settings.flashFill = .allOnFill }
      }
    })
}
