/// Tarn itself: the scenario as it is.
///
/// **Models** the production core, one for each node, unchanged: memory and flash of all nodes of a
/// cell pooled, one origin read of a block in a cell, fan-out between peers, a cell-wide origin
/// budget. **From** this repository. **Leaves out** the cost of its own processor time beyond the
/// client's overhead and a copy, and writes. **Errs** in Tarn's favour where its node's real overhead
/// is higher than assumed; `tarn.client_us` varies it.
extension Design {
  static let tarn = Design(
    name: "tarn", title: "Tarn",
    models:
      "The production core on every node: pooled memory and flash, one origin read of a block "
      + "in a cell, fan-out between peers, a cell-wide origin budget.",
    leavesOut: "Processor time beyond the client's overhead and one copy; writes of checkpoints.",
    errs: "In Tarn's favour where a real node's overhead is higher than assumed.",
    extraHardware: "none",
    documents: [Document(title: "Tarn, this repository", url: "README.md")],
    assumptions: [
      DesignAssumption(
        key: "tarn.client_us", title: "from a reader's call to the cache, us", value: 50, low: 20,
        high: 500, least: 0.1, most: 100_000, status: .assumed,
        source: "as for FUSE: into the kernel, to another process and back; a socket adds copies")
    ],
    apply: { scenario, traits, values in
      traits.clientOverhead = values.nanoseconds("tarn.client_us", unit: 1000)
    })
}
