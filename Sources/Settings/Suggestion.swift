/// "did you mean x?" if one of the names is near, "use one of a, b, c" otherwise.
package func suggestion(for text: String, among names: [String]) -> String {
  guard !names.isEmpty else { return "none is known here" }
  let near = names.map { (name: $0, distance: editDistance(text.lowercased(), $0.lowercased())) }
    .min { $0.distance < $1.distance }
  if let near, near.distance <= max(1, near.name.count / 3) {
    return "did you mean \(near.name)?"
  }
  return names.count == 1 ? "use \(names[0])" : "use one of \(names.joined(separator: ", "))"
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other
/// (optimal string alignment); O(mn).
func editDistance(_ left: String, _ right: String) -> Int {
  let a = Array(left)
  let b = Array(right)
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var best = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        best = min(best, beforeLast[j - 1] + 1)
      }
      row.append(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.count]
}
