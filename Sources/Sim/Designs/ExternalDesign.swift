import TarnCore
import TarnSettings

/// A cache whose code one cannot have, by its measured figures.
///
/// **Models** reads that hit in the shares, and take the time, that a file says; misses read the
/// origin. **From** that file. **Leaves out** everything that makes the figures change: load, capacity,
/// losses, other data. **Errs** towards whatever the figures were measured under.
extension Design {
  static func external(_ figures: ExternalFigures) -> Design {
    Design(
      name: figures.name, title: "\(figures.name) (by its figures)",
      models: "Reads hit in the shares, and take the time, that a file of measurements says.",
      leavesOut: "All that makes the figures change: load, capacity, losses, other data.",
      errs: "Towards whatever the figures were measured under: \(figures.source).",
      extraHardware: figures.extraHardware,
      documents: [Document(title: figures.source, url: "")],
      apply: { scenario, traits, _ in
        traits.holdsKV = false
        traits.standIn = .figures(figures)
        scenario.liftBudgets()
      })
  }
}
