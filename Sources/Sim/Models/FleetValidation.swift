extension FleetShape {
  /// The most nodes of a fleet.
  public static let mostNodes = 2_000_000
  /// The highest bandwidth or operation rate of anything: 1 PB/s.
  static let highestRate: UInt64 = 1_000_000_000_000_000
  /// The most regions and the most zones of a fleet.
  static let mostPlaces = 255

  /// Throws for the first thing that cannot be.
  public func validate() throws(TopologyError) {
    guard !pools.isEmpty else { throw TopologyError("pools", "is empty; name at least one") }
    var nodes = 0
    var cells = 0
    for (index, pool) in pools.enumerated() {
      let field = "pools[\(index)]"
      try pool.validate(field)
      if pools[..<index].contains(where: { $0.name == pool.name }) {
        throw TopologyError("\(field).name", "\"\(pool.name)\" is taken; give each pool its own")
      }
      nodes += pool.cells * pool.nodesPerCell
      cells += pool.cells
    }
    if nodes > Self.mostNodes {
      throw TopologyError("pools", "have \(nodes) nodes; at most \(Self.mostNodes) are supported")
    }
    if cells > Int(UInt16.max) {
      throw TopologyError("pools", "have \(cells) cells; at most \(UInt16.max) are supported")
    }
    try validateLinks()
  }

  private func validateLinks() throws(TopologyError) {
    let regions = regionNames
    for (index, link) in regionLinks.enumerated() {
      let field = "regionLinks[\(index)]"
      try requireRate(link.bytesPerSecond, "\(field).bytesPerSecond")
      for end in [link.one, link.other] where !regions.contains(end) {
        throw TopologyError(field, "names region \"\(end)\", in which no pool stands")
      }
    }
    for (index, one) in regions.enumerated() {
      for other in regions[..<index] where !regionLinks.contains(where: { $0.joins(one, other) }) {
        throw TopologyError(
          "regionLinks", "has no link between \"\(other)\" and \"\(one)\"; add it")
      }
    }
    if regions.count > Self.mostPlaces {
      throw TopologyError("pools", "stand in \(regions.count) regions; at most 255 are supported")
    }
    if zoneNames.count > Self.mostPlaces {
      throw TopologyError("pools", "stand in \(zoneNames.count) zones; at most 255 are supported")
    }
  }

  /// Regions in the order in which pools name them.
  var regionNames: [String] {
    pools.reduce(into: []) { if !$0.contains($1.region) { $0.append($1.region) } }
  }

  /// Zones, as "region/zone", in the order in which pools name them.
  var zoneNames: [String] {
    pools.reduce(into: []) { names, pool in
      for zone in pool.zones where !names.contains("\(pool.region)/\(zone)") {
        names.append("\(pool.region)/\(zone)")
      }
    }
  }
}

extension NodePool {
  func validate(_ field: String) throws(TopologyError) {
    try require(cells, in: 1...10_000, "\(field).cells", of: "a fleet's cells")
    try require(
      nodesPerCell, in: 1...Self.mostNodesOfCell, "\(field).nodesPerCell",
      of: "an AKS cluster's nodes; use more cells")
    try require(
      nodesPerRack, in: 1...Self.mostNodesOfCell, "\(field).nodesPerRack", of: "a rack's nodes")
    if zones.isEmpty { throw TopologyError("\(field).zones", "is empty; name at least one") }
    try requireRate(rackBytesPerSecond, "\(field).rackBytesPerSecond")
    if cellBytesPerSecond > 0 {
      try requireRate(cellBytesPerSecond, "\(field).cellBytesPerSecond")
    }
    try nodeClass.validate("\(field).nodeClass")
  }
}

extension NodeClass {
  func validate(_ field: String) throws(TopologyError) {
    try require(gpus, in: 0...64, "\(field).gpus", of: "a node's GPUs")
    try require(drives, in: 0...64, "\(field).drives", of: "a node's drives")
    try requireRate(nicBytesPerSecond, "\(field).nicBytesPerSecond")
    try requireRate(memoryBytesPerSecond, "\(field).memoryBytesPerSecond")
    guard drives > 0 else { return }
    try requireRate(driveReadBytesPerSecond, "\(field).driveReadBytesPerSecond")
    try requireRate(driveWriteBytesPerSecond, "\(field).driveWriteBytesPerSecond")
    try requireRate(driveReadsPerSecond, "\(field).driveReadsPerSecond")
    try requireRate(driveWritesPerSecond, "\(field).driveWritesPerSecond")
  }
}

private func require(
  _ value: Int, in bounds: ClosedRange<Int>, _ field: String, of what: String
) throws(TopologyError) {
  guard !bounds.contains(value) else { return }
  throw TopologyError(
    field, "\(value) is outside \(bounds.lowerBound) to \(bounds.upperBound), the bounds of \(what)"
  )
}

private func requireRate(_ value: UInt64, _ field: String) throws(TopologyError) {
  if value == 0 || value > FleetShape.highestRate {
    throw TopologyError(field, "\(value) is outside 1 to \(FleetShape.highestRate) a second")
  }
}
