internal import TarnCore

/// Where the blocks that are being fetched come from, by key: a core knows only keys.
///
/// A ring of the latest ones, larger than the number of fetches that a core can have under way, so
/// that none is forgotten before its fetch has ended.
struct LocatorTable {
  private var places: [BlockKey: Int] = [:]
  private var ring: [BlockLocator?]
  private var next = 0

  init(capacity: Int) { ring = Array(repeating: nil, count: capacity) }

  subscript(key: BlockKey) -> BlockLocator? { places[key].flatMap { ring[$0] } }

  /// Remembers where `key` comes from.
  mutating func note(_ locator: BlockLocator, key: BlockKey) {
    if let place = places[key] {
      // What is nearly forgotten moves to the young end.
      let age = next > place ? next - place : next + ring.count - place
      if age < ring.count / 2 { return }
      ring[place] = nil
    }
    if let oldKey = ring[next]?.key, places[oldKey] == next { places[oldKey] = nil }
    ring[next] = locator
    places[key] = next
    next = (next + 1) % ring.count
  }
}
