/// A Jupyter notebook (nbformat 4.5) that draws an export's charts from the CSV files beside it.
struct Notebook: Encodable {
  private let title: String
  private let about: String
  private let content: [Cell]

  init(of result: SimulationResult) {
    self.init(
      title: result.scenario.isEmpty ? "Tarn simulation" : result.scenario,
      about: "The figures and charts of one Tarn simulation", cells: NotebookCells.all)
  }

  /// `about` begins the sentence "..., drawn from the CSV files beside this notebook".
  init(title: String, about: String, cells: [Cell]) {
    (self.title, self.about, content) = (title, about, cells)
  }

  private enum Keys: String, CodingKey {
    case cells, metadata, nbformat
    case minorFormat = "nbformat_minor"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    let cells = [Cell(.markdown, introduction)] + content
    try container.encode(cells.enumerated().map(NumberedCell.init), forKey: .cells)
    try container.encode(Metadata(), forKey: .metadata)
    try container.encode(4, forKey: .nbformat)
    try container.encode(5, forKey: .minorFormat)
  }

  private var introduction: String {
    // A name is data: what would be markup in a notebook's Markdown is shown as it is.
    let name = Markup.escaped(title).map { "\\`*_[]#$|".contains($0) ? "\\\($0)" : String($0) }
    return """
      # \(name.joined().split(whereSeparator: \.isNewline).joined(separator: " "))

      \(about), drawn from the CSV files beside this \
      notebook. Needs `pandas` and `matplotlib`. Column names end in their unit.
      """
  }

  struct Cell {
    enum Kind { case markdown, code }
    var kind: Kind
    var source: String

    init(_ kind: Kind, _ source: String) {
      self.kind = kind
      self.source = source
    }
  }

  private struct NumberedCell: Encodable {
    var number: Int
    var cell: Cell

    private enum Keys: String, CodingKey {
      case id, metadata, outputs, source
      case kind = "cell_type"
      case executionCount = "execution_count"
    }
    private struct Nothing: Encodable {}

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode("cell-\(number)", forKey: .id)
      try container.encode(cell.kind == .code ? "code" : "markdown", forKey: .kind)
      try container.encode(Nothing(), forKey: .metadata)
      try container.encode(lines, forKey: .source)
      guard cell.kind == .code else { return }
      try container.encodeNil(forKey: .executionCount)
      try container.encode([String](), forKey: .outputs)
    }

    /// nbformat keeps a source as its lines, each with its line feed but the last.
    private var lines: [String] {
      let lines = cell.source.split(separator: "\n", omittingEmptySubsequences: false)
      return lines.enumerated().map { $0 + 1 < lines.count ? $1 + "\n" : String($1) }
    }
  }

  private struct Metadata: Encodable {
    var kernelspec = ["display_name": "Python 3", "language": "python", "name": "python3"]
    var languageInfo = ["name": "python"]
    private enum CodingKeys: String, CodingKey {
      case kernelspec
      case languageInfo = "language_info"
    }
  }
}
