import TarnCore
import TarnSettings

extension Scenario.Topology {
  /// - Parameters:
  ///   - poolCaches: Receives every pool's cache section, to be read over the scenario's.
  ///   - folders: Where files that it names are looked up.
  init(_ section: Section, poolCaches: inout [Field?], folders: [String]) {
    self.init()
    regions = section.requiredItems("regions", wanted: "a list of regions").map {
      Scenario.Region($0.section())
    }
    if let field = section.field("region_rtt") { readRoundTrips(field, folders) }
    regionBytesPerSecond = section.value("region_bandwidth", .rate, default: regionBytesPerSecond)
    egressDollarsPerGB = section.value("region_egress", .figure(), default: egressDollarsPerGB)
    if let network = section.section("network") { self.network = Scenario.Network(network) }
    if let own = section.section("classes") { readClasses(own) }
    for field in section.requiredItems("pools", wanted: "a list of pools") {
      let pool = field.section()
      readPool(pool)
      poolCaches.append(pool.field("cache"))
      pool.finish()
    }
    section.finish()
  }

  /// A list of pairs, or the name of a file that has them.
  private mutating func readRoundTrips(_ field: Field, _ folders: [String]) {
    guard let name = field.text, !name.isEmpty else {
      regionRoundTrips = field.items().map { Scenario.RegionRoundTrip($0.section()) }
      return
    }
    do throws(ValueProblem) {
      let matrix = try RegionMatrix(named: name, in: folders)
      regionRoundTrips = try matrix.pairs(of: regions.map(\.name))
      regionSource = "\(matrix.file): \(matrix.source)"
    } catch {
      field.report(error.message)
    }
  }

  private mutating func readClasses(_ section: Section) {
    for name in section.keys {
      guard let own = section.section(name) else { continue }
      let known = classes.first { $0.name == name }
      let read = Scenario.NodeClass(own, name: name, over: known)
      classes.removeAll { $0.name == name }
      classes.append(read)
    }
    classes.sort { $0.name < $1.name }
  }

  private mutating func readPool(_ section: Section) {
    let className = section.required("class", .choice(classes[0].name, of: classes.map(\.name)))
    let nodeClass = classes.first { $0.name == className } ?? classes[0]
    let names = regions.map(\.name)
    let region =
      names.count == 1
      ? section.value("region", .choice(names[0], of: names), default: names[0])
      : section.required("region", .choice(names.first ?? "", of: names))
    let zoneCount = regions.first { $0.name == region }?.zones ?? 1
    let zones = section.field("zone")?.items(orSingle: true).map {
      $0.value(.count(1...zoneCount, most: "the \(zoneCount) zones of \(region)"))
    }
    pools.append(
      Scenario.Pool(
        name: section.required("name", .name), region: region, zones: zones ?? [1],
        cells: section.value("cells", .count(1...1_000), default: 1),
        nodesPerCell: section.required(
          "nodes_per_cell",
          .count(1...Scenario.nodesPerCellLimit, most: "the 5000 nodes of an AKS cluster")),
        nodesPerRack: section.value(
          "nodes_per_rack", .count(1...1_000), default: nodeClass.nodesPerRack),
        className: className))
  }
}

extension Scenario.Region {
  init(_ section: Section) {
    self.init(
      name: section.required("name", .name),
      zones: section.value("zones", .count(1...16), default: 1))
    section.finish()
  }
}

extension Scenario.RegionRoundTrip {
  init(_ section: Section) {
    let pair = section.requiredItems("between", wanted: "two regions, as in [east, west]").map {
      $0.value(.name)
    }
    if !pair.isEmpty, pair.count != 2 { section.report("names not two regions", at: "between") }
    self.init(
      first: pair.first ?? "", second: pair.last ?? "",
      nanoseconds: section.required("rtt", .duration(atLeast: "1us", atMost: "10s")))
    section.finish()
  }
}

extension Scenario.Network {
  init(_ section: Section) {
    self.init()
    let rtt = ValueReader<UInt64>.duration(atLeast: "1us", atMost: "1s")
    rackRoundTripNanoseconds = section.value("rack_rtt", rtt, default: rackRoundTripNanoseconds)
    zoneRoundTripNanoseconds = section.value("zone_rtt", rtt, default: zoneRoundTripNanoseconds)
    crossZoneRoundTripNanoseconds = section.value(
      "cross_zone_rtt", rtt, default: crossZoneRoundTripNanoseconds)
    let ratio = ValueReader<Double>.figure(atLeast: 1)
    rackOversubscription = section.value(
      "rack_oversubscription", ratio, default: rackOversubscription)
    spineOversubscription = section.value(
      "spine_oversubscription", ratio, default: spineOversubscription)
    let piece = ValueReader<UInt64>.size(atLeast: "1KiB", atMost: "64MiB").map { UInt32($0) }
    interleaveBytes = section.value("interleave", piece, default: interleaveBytes)
    section.finish()
  }
}

extension Scenario.NodeClass {
  /// A class as the file describes it; a built-in one only where it differs.
  init(_ section: Section, name: String, over known: Scenario.NodeClass?) {
    func get<Value>(_ from: Section?, _ key: String, _ reader: ValueReader<Value>, _ old: Value?)
      -> Value
    {
      guard let old else { return from?.required(key, reader) ?? reader.placeholder }
      return from?.value(key, reader, default: old) ?? old
    }
    let nvme = section.section("nvme")
    let memory = section.section("memory")
    if known == nil, nvme == nil { section.report("is missing; give the drives", at: "nvme") }
    if known == nil, memory == nil {
      section.report("is missing; give the bandwidth", at: "memory")
    }
    self.init(
      name: name, gpus: get(section, "gpus", .count(1...1_024), known?.gpus),
      nicBytesPerSecond: get(section, "nic", .rate, known?.nicBytesPerSecond),
      drive: Scenario.Drive(
        capacityBytes: get(nvme, "capacity", .size(atLeast: "1B"), known?.drive.capacityBytes),
        readBytesPerSecond: get(nvme, "read", .rate, known?.drive.readBytesPerSecond),
        writeBytesPerSecond: get(nvme, "write", .rate, known?.drive.writeBytesPerSecond),
        readsPerSecond: get(nvme, "iops", .frequency, known?.drive.readsPerSecond)),
      drives: get(nvme, "drives", .count(1...64), known?.drives),
      memoryBytesPerSecond: get(memory, "bandwidth", .rate, known?.memoryBytesPerSecond),
      nodesPerRack: get(section, "nodes_per_rack", .count(1...1_000), known?.nodesPerRack))
    client = known?.client
    readOptional(section, nvme)
    nvme?.finish()
    memory?.finish()
    section.finish()
  }

  /// What a class need not say: the delays that a measurement of a machine finds.
  private mutating func readOptional(_ section: Section, _ nvme: Section?) {
    let span = ValueReader<UInt64>.duration(atMost: "1s")
    if let nvme {
      drive.readLatencyNanoseconds = nvme.value(
        "read_latency", span, default: drive.readLatencyNanoseconds)
      drive.writeLatencyNanoseconds = nvme.value(
        "write_latency", span, default: drive.writeLatencyNanoseconds)
    }
    guard let path = section.section("client") else { return }
    client = Scenario.Client(
      answerNanoseconds: path.required("answer", span),
      bytesPerSecond: path.required("bandwidth", .rate))
    path.finish()
  }
}
