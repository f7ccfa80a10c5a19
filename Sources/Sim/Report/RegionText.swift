/// What crossed the borders of regions, as one paragraph of text.
public struct RegionText: CustomStringConvertible {
  private let result: SimulationResult

  /// The traffic of a result.
  public init(_ result: SimulationResult) { self.result = result }

  /// Nothing where no data has a home.
  public var description: String {
    guard let pool = counter("wan_pool_reads"), let store = counter("wan_store_reads"),
      let perBlock = counter("wan_reads_per_block"), let bytes = counter("wan_bytes"),
      let day = counter("wan_egress_dollars_per_day"),
      let lost = counter("wan_messages_lost_in_cuts")
    else { return "" }
    return """
      Between regions   \(ReadableFigures.scaled(pool)) blocks from another region's cache · \
      \(ReadableFigures.scaled(store)) from its accounts
                        \(ReadableFigures.rounded(perBlock)) reads of each block by a cell · \
      \(ReadableFigures.scaled(bytes, "B")), \(ReadableFigures.scaled(day)) dollars a day
                        \(ReadableFigures.scaled(lost)) messages lost in cuts
      """
  }

  private func counter(_ name: String) -> Double? {
    result.counters.first { $0.name == name }?.value
  }
}
