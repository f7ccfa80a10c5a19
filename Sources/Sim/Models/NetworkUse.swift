/// What the links carried, for reports.
extension Network {
  /// The links with the highest utilisation over `seconds`, busiest first; none that was idle.
  public func busiest(_ limit: Int, over seconds: Double) -> [SimulationSeries.Link] {
    var top: [(index: Int, use: Double)] = []
    for index in 0..<linkCount where bytes(onLink: index) > 0 {
      let use = utilisation(ofLink: index, over: seconds)
      if top.count == limit, let last = top.last, use <= last.use { continue }
      let place = top.firstIndex { $0.use < use } ?? top.count
      top.insert((index, use), at: place)
      if top.count > limit { top.removeLast() }
    }
    return top.map {
      SimulationSeries.Link(
        name: name(ofLink: $0.index), utilisation: $0.use,
        bytes: Double(bytes(onLink: $0.index)) * scale.factor)
    }
  }

  /// Bytes that the node has sent, scaled to the whole fleet.
  public func bytesSent(by node: Int) -> Double {
    Double(bytes(onLink: nicOut(node))) * scale.factor
  }

  /// Bytes that the node has received, from peers and the origin, scaled to the whole fleet.
  public func bytesReceived(by node: Int) -> Double {
    Double(bytes(onLink: nicIn(node))) * scale.factor
  }

  /// Bytes sent by all nodes, by all racks, by all cells and between regions, scaled.
  public var bytesByLinkClass: (nodes: Double, racks: Double, cells: Double, regions: Double) {
    var sums: (nodes: UInt64, racks: UInt64, cells: UInt64, regions: UInt64) = (0, 0, 0, 0)
    for node in 0..<topology.nodeCount { sums.nodes &+= bytes(onLink: nicOut(node)) }
    for rack in 0..<topology.rackCount { sums.racks &+= bytes(onLink: rackUp(rack)) }
    for cell in topology.cells.indices { sums.cells &+= bytes(onLink: cellUp(cell)) }
    for pair in regionRates.indices { sums.regions &+= bytes(onLink: regionLink(pair)) }
    return (
      Double(sums.nodes) * scale.factor, Double(sums.racks) * scale.factor,
      Double(sums.cells) * scale.factor, Double(sums.regions) * scale.factor
    )
  }

  private func utilisation(ofLink index: Int, over seconds: Double) -> Double {
    let rate = bytesPerSecond(ofLink: index)
    guard rate > 0, seconds > 0 else { return 0 }
    return Double(bytes(onLink: index)) * scale.factor / (Double(rate) * seconds)
  }

  private func bytesPerSecond(ofLink index: Int) -> UInt64 {
    if index < rackUp(0) { return rates(ofCell: topology.cell(of: index / 2)).nic }
    if index < cellUp(0) {
      let node = topology.nodes(inRack: (index - rackUp(0)) / 2).lowerBound
      return rates(ofCell: topology.cell(of: node)).rack
    }
    if index < regionLink(0) { return rates(ofCell: (index - cellUp(0)) / 2).cell }
    return regionRates[index - regionLink(0)]
  }

  private func name(ofLink index: Int) -> String {
    let direction = index % 2 == 0
    if index < rackUp(0) { return "node \(index / 2) " + (direction ? "out" : "in") }
    if index < cellUp(0) {
      return "rack \((index - rackUp(0)) / 2) " + (direction ? "up" : "down")
    }
    if index < regionLink(0) {
      return "cell \((index - cellUp(0)) / 2) " + (direction ? "up" : "down")
    }
    let pair = index - regionLink(0)
    let count = topology.regions.count
    return "\(topology.regions[pair / count]) to \(topology.regions[pair % count])"
  }
}
