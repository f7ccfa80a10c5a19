import Yams

/// `path=value` of the command line, put into the tree before it is read.
struct Override {
  /// A step down the tree.
  private enum Step: Equatable {
    case key(String)
    case index(Int)
  }

  private let text: String
  private let path: String
  private let steps: [Step]
  private let value: Node

  /// An override as it is written: `origin.accounts=60`, `workloads[0].reader_depth=4` or, by the
  /// item's name, `workloads.vision.reader_depth=4`.
  init(_ text: String) throws(SettingsError) {
    self.text = text
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw Override.refusal(of: text, "write path=value, for example origin.accounts=60")
    }
    path = String(text[..<equals])
    guard let steps = Override.steps(of: path) else {
      throw Override.refusal(of: text, "is no path; write one like workloads[0].reader_depth")
    }
    self.steps = steps
    do {
      let written = String(text[text.index(after: equals)...])
      value = try Yams.compose(yaml: written)?.withoutMarks ?? Node("")
    } catch {
      throw Override.refusal(of: text, "the value is no YAML")
    }
  }

  private static func refusal(of text: String, _ message: String) -> SettingsError {
    SettingsError([SettingsError.Issue(file: nil, path: text, message: message)])
  }

  private static func steps(of path: String) -> [Step]? {
    var steps: [Step] = []
    for part in path.split(separator: ".", omittingEmptySubsequences: false) {
      let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
      guard let key = pieces.first, !key.isEmpty else { return nil }
      steps.append(.key(String(key)))
      for piece in pieces.dropFirst() {
        guard piece.hasSuffix("]"), let index = Int(piece.dropLast()), index >= 0 else {
          return nil
        }
        steps.append(.index(index))
      }
    }
    return steps
  }

  /// The tree with the value in its place; keys that are not there are added.
  func applied(to tree: Node) throws(SettingsError) -> Node { try put(into: tree, steps[...]) }

  private func put(into node: Node, _ rest: ArraySlice<Step>) throws(SettingsError) -> Node {
    guard let step = rest.first else { return value }
    switch (node, step) {
    case (.mapping(var mapping), .key(let key)):
      if let index = mapping.firstIndex(where: { $0.key.scalar?.string == key }) {
        mapping[index].value = try put(into: mapping[index].value, rest.dropFirst())
      } else {
        mapping[Node(key)] = try put(into: Node([] as [(Node, Node)]), rest.dropFirst())
      }
      return .mapping(mapping)
    case (.sequence(var list), .index(let index)):
      guard index < list.count else {
        throw Override.refusal(of: text, "the list has \(list.count) items; count from 0")
      }
      list[index] = try put(into: list[index], rest.dropFirst())
      return .sequence(list)
    case (.sequence(var list), .key(let name)):
      let names = list.map { $0.mapping?["name"]?.scalar?.string ?? "" }
      guard let index = names.firstIndex(of: name) else {
        let known = names.filter { !$0.isEmpty }
        throw Override.refusal(
          of: text, "no item is named \(name); \(suggestion(for: name, among: known))")
      }
      list[index] = try put(into: list[index], rest.dropFirst())
      return .sequence(list)
    default:
      throw Override.refusal(of: text, "the path goes on below a single value; end it before that")
    }
  }
}

extension Node {
  /// The same tree without line numbers, which would be those of the command line.
  fileprivate var withoutMarks: Node {
    switch self {
    case .scalar(let scalar): .scalar(.init(scalar.string))
    case .mapping(let mapping):
      Node(mapping.map { ($0.key.withoutMarks, $0.value.withoutMarks) })
    case .sequence(let sequence): Node(sequence.map(\.withoutMarks))
    case .alias: self
    }
  }
}
