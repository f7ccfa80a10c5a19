import TarnCore
import TarnSettings

extension Scenario.OriginRoute {
  init(_ section: Section) {
    let first = Kind.frontEnd
    self.init(
      section.required("kind", .choice(first, of: Kind.allCases, name: \.rawValue)))
    name = section.value("name", .name, default: kind.rawValue)
    for parameter in PathParameter.allCases {
      // The front end's own figures stand in `origin`.
      if kind == .frontEnd, parameter != .penalty { continue }
      guard let field = section.field(parameter.rawValue) else { continue }
      read(parameter, field)
    }
    section.finish()
  }

  private mutating func read(_ parameter: PathParameter, _ field: Field) {
    guard field.text == nil else {
      self[parameter] = field.value(parameter.reader)
      return
    }
    let ends = field.items().map { $0.value(parameter.reader) }
    guard ends.count == 2, ends[0] < ends[1] else {
      field.report("is no range; give a value, or two such as [1ms, 20ms], the lower one first")
      return
    }
    let range = Range(parameter: parameter, low: ends[0], high: ends[1])
    ranges.append(range)
    self[parameter] = range.middle
  }
}

extension Scenario.Origin {
  mutating func readRoutes(_ section: Section) {
    guard let field = section.field("paths") else { return }
    routes = field.items().map { Scenario.OriginRoute($0.section()) }
    if routes.isEmpty || routes.count > Int(OriginPath.limit) {
      field.report("names \(routes.count) paths; name 1 to \(OriginPath.limit)")
    }
    for (index, route) in routes.enumerated()
    where routes[..<index].contains(where: { $0.name == route.name }) {
      field.report("names \(quoted(route.name)) twice; give every path its own name")
    }
    if routes.count(where: { $0.kind == .frontEnd }) > 1 {
      field.report("has several front ends; one stands for all accounts")
    }
  }

  mutating func readUse(_ section: Section) {
    guard let field = section.field("use") else { return }
    use = field.items(orSingle: true).map { $0.value(.name) }
  }

  mutating func readPartitions(_ section: Section) {
    var read = Partitions()
    read.initial = section.value("initial", .count(1...64), default: read.initial)
    read.most = section.value("most", .count(1...64), default: read.most)
    read.requestsPerSecond = section.value(
      "requests", .frequency, default: read.requestsPerSecond)
    read.splitAfterNanoseconds = section.value(
      "split_after", .duration(atLeast: "1ms", atMost: "1h"), default: read.splitAfterNanoseconds)
    for (key, count) in [("initial", read.initial), ("most", read.most)]
    where count & (count - 1) != 0 {
      section.report("\(count) is no power of two; use 1, 2, 4, ... 64", at: key)
    }
    if read.most < read.initial { section.report("is below initial; give more", at: "most") }
    section.finish()
    partitions = read
  }
}
