/// What assumptions do to dollars a day: one range an assumption and design that it touches, widest
/// first.
struct ComparisonTornado {
  /// What became of one design over one assumption's range.
  struct Range {
    var key: String
    var design: String
    /// The assumption's values at its ends, and dollars a day there.
    var values: [Double] = []
    var dollars: [Double] = []
    /// Dollars a day with the assumption's default.
    var base: Double
    /// Whether the order of designs changes somewhere in the range.
    var changesRanking = false

    var name: String { "\(key), \(design)" }
    var least: Double { min(base, dollars.min() ?? base) }
    var most: Double { max(base, dollars.max() ?? base) }
    var width: Double { most - least }

    /// "30: $1.2 M; 200: $0.9 M".
    var ends: String {
      zip(values, dollars).map { value, dollars in
        "\(Figures.significant(value, digits: 3)): \(ComparisonMetric.dollarsPerDay.text(dollars))"
      }.joined(separator: "; ")
    }
  }

  /// Those that change anything, widest first.
  let ranges: [Range]

  init(_ report: ComparisonReport) {
    var ranges: [Range] = []
    for point in report.sensitivity {
      for (design, dollars) in point.dollars.sorted(by: { $0.key < $1.key }) {
        let index =
          ranges.firstIndex { $0.key == point.key && $0.design == design } ?? ranges.count
        if index == ranges.count {
          ranges.append(
            Range(key: point.key, design: design, base: point.before[design] ?? .nan))
        }
        ranges[index].values.append(point.value)
        ranges[index].dollars.append(dollars)
        ranges[index].changesRanking = ranges[index].changesRanking || point.changesRanking
      }
    }
    self.ranges = ranges.filter { $0.width > 0 }.sorted {
      ($0.width, $1.name) > ($1.width, $0.name)
    }
  }
}
