import TarnCore

/// A consistent-hash ring with virtual nodes (Karger et al., "Consistent hashing and random trees",
/// STOC '97): every server stands at many hashed places, a key belongs to the next server on the
/// ring. A look-up is a binary search.
struct HashRing: Sendable {
  private let points: [UInt64]
  private let servers: [UInt32]

  /// - Parameter virtualNodes: Places of each server.
  init(_ members: some Sequence<UInt32>, virtualNodes: Int) {
    var places: [(point: UInt64, server: UInt32)] = []
    for server in members {
      for place in 0..<UInt64(max(1, virtualNodes)) {
        places.append((mix64(mix64(UInt64(server) &+ 0x5eed) ^ place << 32), server))
      }
    }
    places.sort { ($0.point, $0.server) < ($1.point, $1.server) }
    points = places.map(\.point)
    servers = places.map(\.server)
  }

  /// The first server from the key's place on that `isUsable` admits; nil if none does.
  func server(of key: BlockKey, where isUsable: (UInt32) -> Bool = { _ in true }) -> UInt32? {
    guard !points.isEmpty else { return nil }
    let start = firstPoint(atOrAfter: mix64(key.high ^ mix64(key.low)))
    for step in 0..<points.count {
      let server = servers[(start + step) % points.count]
      if isUsable(server) { return server }
    }
    return nil
  }

  private func firstPoint(atOrAfter value: UInt64) -> Int {
    var low = 0
    var high = points.count
    while low < high {
      let middle = (low + high) / 2
      if points[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low == points.count ? 0 : low
  }
}
