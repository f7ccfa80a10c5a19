/// The contract on the report's page: a row for each operation and region.
enum ContractTable {
  static func markup(_ lines: [ContractLine]) -> Markup {
    let rows = lines.flatMap { line in
      line.regions.enumerated().map { row($0.element, isFirst: $0.offset == 0, of: line) }
    }
    return """
      <div class="scroll"><table class="dense"><thead>
      <tr><th scope="col" rowspan="2">Operation</th><th scope="col" rowspan="2">Promised</th>\
      <th scope="col" rowspan="2">Region</th>\
      <th scope="colgroup" colspan="3" class="group">Measured latency</th>\
      <th scope="col" rowspan="2" class="number">Served</th>\
      <th scope="col" rowspan="2" class="number">Failed</th>\
      <th scope="col" rowspan="2" class="number">Oldest version</th>\
      <th scope="colgroup" colspan="2" class="group">While cut off</th>\
      <th scope="col" rowspan="2">Result</th></tr>
      <tr><th scope="col" class="number first">p50</th><th scope="col" class="number">p99</th>\
      <th scope="col" class="number">p99.9</th><th scope="col" class="number first">served</th>\
      <th scope="col" class="number">failed</th></tr></thead>
      <tbody>\(rows.joined())</tbody></table></div>
      """
  }

  private static func row(
    _ region: ContractLine.Region, isFirst: Bool, of line: ContractLine
  ) -> Markup {
    let latency = region.latencyMicroseconds
    let times = [latency.p50, latency.p99, latency.p999].map(Quantity.microseconds.text)
    let hasAge = line.operation == "open" && line.stalenessBoundSeconds != nil
    let figures =
      times + [
        Figures.grouped(region.served), Figures.grouped(region.failed),
        hasAge ? Quantity.seconds.text(region.stalestSeconds) : "n/a",
        Figures.grouped(region.cutServed), Figures.grouped(region.cutFailed),
      ]
    let (style, word): (Markup, Markup) = line.holds ? ("ok", "holds") : ("bad", "broken")
    let head: Markup =
      isFirst
      ? """
      <th scope="row">\(line.operation)<small>\(line.consistency)</small></th>\
      <td>\(ContractText.promise(of: line))<small>cut off: \(line.whenCutOff)</small></td>
      """ : "<td></td><td></td>"
    let badge: Markup = isFirst ? "<span class=\"badge \(style)\">\(word)</span>" : ""
    let name = region.name + (region.isHome ? " (home)" : "")
    return """
      <tr>\(head)<td>\(name)</td>\
      \(figures.map { "<td class=\"number\">\($0)</td>" as Markup }.joined())\
      <td>\(badge)</td></tr>

      """
  }
}
