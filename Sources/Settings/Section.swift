import Yams

/// One value of the tree and the path to it.
package struct Field {
  let node: Node
  let path: String
  let diagnostics: Diagnostics

  /// What the node is, for messages.
  package var kind: String {
    switch node {
    case .scalar(let scalar): scalar.string.isEmpty ? "empty" : "a single value"
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }

  /// Whether it holds keys.
  package var isMapping: Bool {
    if case .mapping = node { true } else { false }
  }

  /// The text of a single value.
  package var text: String? {
    if case .scalar(let scalar) = node { scalar.string } else { nil }
  }

  /// Adds a complaint about this value.
  package func report(_ message: String) { diagnostics.report(message, at: path) }

  /// The scalar's value, or the reader's placeholder after a complaint.
  package func value<Value>(_ reader: ValueReader<Value>) -> Value {
    guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
      report("is \(kind); give \(reader.wanted)")
      return reader.placeholder
    }
    do {
      return try reader.read(scalar.string)
    } catch {
      report(error.message)
      return reader.placeholder
    }
  }

  /// The items of a list; a single value counts as a list of one if `orSingle`.
  package func items(orSingle: Bool = false) -> [Field] {
    guard case .sequence(let sequence) = node else {
      if orSingle, case .scalar(let scalar) = node, !scalar.string.isEmpty { return [self] }
      report("is \(kind); give a list, each item after a dash")
      return []
    }
    return sequence.enumerated().map { index, node in
      let path = "\(path)[\(index)]"
      diagnostics.note(path, line: node.mark?.line)
      return Field(node: node, path: path, diagnostics: diagnostics)
    }
  }

  /// The mapping's section; an empty one after a complaint.
  package func section() -> Section { Section(self) }
}

/// A mapping that is being read. It remembers which keys were asked for; the others are unknown.
package final class Section {
  private let field: Field
  private var fields: [(key: String, field: Field)] = []
  private var asked: [String] = []

  package init(_ field: Field) {
    self.field = field
    guard case .mapping(let mapping) = field.node else {
      field.report("is \(field.kind); give a mapping of keys to values")
      return
    }
    for (keyNode, value) in mapping {
      let key = keyNode.scalar?.string ?? "?"
      let path = field.path.isEmpty ? key : "\(field.path).\(key)"
      // A key stands where it is written, a value from the command line nowhere.
      field.diagnostics.note(path, line: value.mark == nil ? nil : keyNode.mark?.line)
      fields.append((key, Field(node: value, path: path, diagnostics: field.diagnostics)))
    }
  }

  package var path: String { field.path }
  package var keys: [String] { fields.map(\.key) }

  /// The path of a key of this section.
  package func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// Adds a complaint about a key, or about the section itself.
  package func report(_ message: String, at key: String? = nil) {
    field.diagnostics.report(message, at: key.map(path(of:)) ?? path)
  }

  /// A key's value, if the key is there.
  package func field(_ key: String) -> Field? {
    if !asked.contains(key) { asked.append(key) }
    return fields.first { $0.key == key }?.field
  }

  /// A key's value, or `fallback` if the key is absent.
  package func value<Value>(_ key: String, _ reader: ValueReader<Value>, default fallback: Value)
    -> Value
  {
    field(key)?.value(reader) ?? fallback
  }

  /// A key's value, which must be there.
  package func required<Value>(_ key: String, _ reader: ValueReader<Value>) -> Value {
    guard let field = field(key) else {
      if self.field.isMapping { reportMissing(key, reader.wanted) }
      return reader.placeholder
    }
    return field.value(reader)
  }

  /// A key's section, if the key is there.
  package func section(_ key: String) -> Section? { field(key)?.section() }

  /// A key's list, which must be there and hold something.
  package func requiredItems(_ key: String, wanted: String, orSingle: Bool = false) -> [Field] {
    guard let field = field(key) else {
      if self.field.isMapping { reportMissing(key, wanted) }
      return []
    }
    let items = field.items(orSingle: orSingle)
    if items.isEmpty, case .sequence = field.node { field.report("is empty; give \(wanted)") }
    return items
  }

  private func reportMissing(_ key: String, _ wanted: String) {
    report("is missing; give \(wanted)", at: key)
  }

  /// Complains about every key that was not asked for.
  package func finish() {
    for entry in fields where !asked.contains(entry.key) {
      entry.field.report("unknown key; \(suggestion(for: entry.key, among: asked))")
    }
  }
}
