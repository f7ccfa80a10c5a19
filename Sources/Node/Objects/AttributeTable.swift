internal import Synchronization
internal import TarnCore

/// An object as a tenant names it. Hashed once, though tables ask for it several times.
struct ObjectName: Hashable, Sendable {
  let tenant: TenantID
  let container: String
  let key: String
  let digest: Int

  init(tenant: TenantID, container: String, key: String) {
    self.tenant = tenant
    self.container = container
    self.key = key
    var hasher = Hasher()
    hasher.combine(tenant)
    hasher.combine(container)
    hasher.combine(key)
    digest = hasher.finalize()
  }

  func hash(into hasher: inout Hasher) { hasher.combine(digest) }

  static func == (left: ObjectName, right: ObjectName) -> Bool {
    left.digest == right.digest && left.key == right.key && left.container == right.container
      && left.tenant == right.tenant
  }
}

/// What is known of objects: which version, how large, and since when. Bounded; what was not looked
/// up lately leaves first (CLOCK, Corbato 1968). For all threads, in stripes.
final class AttributeTable: Sendable {
  struct Known: Sendable {
    var object: OpenObject
    var version: RememberedVersion
    /// The block that came along, for as long as it is worth a peer's while to ask for it.
    var early: EarlyBlock?
  }
  struct EarlyBlock: Sendable {
    var index: UInt32
    var until: Instant
  }
  private static let stripeCount = 16
  private let stripes: [AttributeStripe]

  /// A table for `capacity` objects.
  init(capacity: Int) {
    stripes = (0..<Self.stripeCount).map { _ in
      AttributeStripe(capacity: max(1, capacity / Self.stripeCount))
    }
  }

  private func stripe(of name: ObjectName) -> AttributeStripe {
    // Which stripe decides nothing but which lock is taken.
    stripes[Int(UInt(bitPattern: name.digest) % UInt(Self.stripeCount))]
  }

  /// What is known of the object.
  func find(_ name: ObjectName) -> Known? { stripe(of: name).find(name) }

  /// Remembers it.
  func note(_ known: Known, of name: ObjectName) { stripe(of: name).note(known, of: name) }

  /// Forgets it.
  func forget(_ name: ObjectName) { stripe(of: name).forget(name, isDoubtful: false) }

  /// Forgets it because it proved to be old: others in the cell may still believe it, so that only
  /// the origin knows.
  func doubt(_ name: ObjectName) { stripe(of: name).forget(name, isDoubtful: true) }

  /// Whether what is known proved to be old, and nothing was learnt since.
  func isDoubtful(_ name: ObjectName) -> Bool { stripe(of: name).isDoubtful(name) }
}

private final class AttributeStripe: Sendable {
  private struct Place {
    var name: ObjectName
    var known: AttributeTable.Known?
    var wasUsed = false
    var isDoubtful = false
  }
  private struct State {
    var index: [ObjectName: Int] = [:]
    var places: [Place] = []
    var hand = 0
  }
  private let state = Mutex(State())
  private let capacity: Int

  init(capacity: Int) { self.capacity = capacity }

  func find(_ name: ObjectName) -> AttributeTable.Known? {
    state.withLock { state in
      guard let place = state.index[name] else { return nil }
      state.places[place].wasUsed = true
      return state.places[place].known
    }
  }

  func note(_ known: AttributeTable.Known, of name: ObjectName) {
    state.withLock { state in
      if let place = state.index[name] {
        state.places[place].known = known
        state.places[place].isDoubtful = false
        return
      }
      guard state.places.count == capacity else {
        state.index[name] = state.places.count
        return state.places.append(Place(name: name, known: known))
      }
      while state.places[state.hand].wasUsed {
        state.places[state.hand].wasUsed = false
        state.hand = (state.hand + 1) % capacity
      }
      state.index[state.places[state.hand].name] = nil
      state.places[state.hand] = Place(name: name, known: known)
      state.index[name] = state.hand
      state.hand = (state.hand + 1) % capacity
    }
  }

  func forget(_ name: ObjectName, isDoubtful: Bool) {
    state.withLock { state in
      guard let place = state.index[name] else { return }
      state.places[place].known = nil
      state.places[place].wasUsed = isDoubtful
      state.places[place].isDoubtful = isDoubtful
    }
  }

  func isDoubtful(_ name: ObjectName) -> Bool {
    state.withLock { state in state.index[name].map { state.places[$0].isDoubtful } ?? false }
  }
}
