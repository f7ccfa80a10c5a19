/// A bounded buffer of effects that the driver owns and reuses: a step appends, the driver drains.
public struct Effects: ~Copyable {
  /// The most effects that one step can emit; bigger work is sliced over wakes.
  public static let stepLimit = 192

  private let storage: UnsafeMutablePointer<Effect>
  private let capacity: Int
  /// Effects that wait to be carried out.
  public private(set) var count = 0

  /// A buffer for `capacity` effects, `stepLimit` at least.
  public init(capacity: Int = Effects.stepLimit) {
    precondition(capacity >= Effects.stepLimit, "a step may emit \(Effects.stepLimit) effects")
    self.capacity = capacity
    storage = .allocate(capacity: capacity)
  }

  deinit { storage.deallocate() }

  /// Adds an effect. A step that emits more than `stepLimit` is a defect of the core.
  mutating func append(_ effect: Effect) {
    precondition(count < capacity, "a step emitted more effects than its limit")
    storage[count] = effect
    count += 1
  }

  /// The effect at `index`, in order of emission.
  public subscript(index: Int) -> Effect {
    precondition(index >= 0 && index < count, "no such effect")
    return storage[index]
  }

  /// Forgets all effects.
  public mutating func removeAll() { count = 0 }

  /// Hands over every effect in order and forgets them.
  public mutating func drain(_ perform: (Effect) -> Void) {
    for index in 0..<count { perform(storage[index]) }
    count = 0
  }
}
