public import TarnCore

/// A buffer of actions that the world owns and reuses: workloads append, the world carries out.
///
/// Carrying out an action may make a node answer at once, and the answer may make a workload
/// append again. So the world walks by index until it meets the end, then clears:
/// ```swift
/// var next = 0
/// while next < actions.count {
///   perform(actions[next])
///   next += 1
/// }
/// actions.removeAll()
/// ```
/// It grows when it must and never shrinks, so a steady run allocates nothing.
public struct WorkloadActions: ~Copyable {
  private var storage: UnsafeMutablePointer<WorkloadAction>
  private var capacity: Int
  /// Actions in the buffer.
  public private(set) var count = 0
  /// Keys of the chains that look-ups in the buffer refer to.
  public private(set) var keys: [BlockKey] = []

  /// An empty buffer with room for `capacity` actions before it has to grow.
  public init(capacity: Int = 4096) {
    precondition(capacity > 0, "a buffer needs room for one action at least")
    self.capacity = capacity
    storage = .allocate(capacity: capacity)
  }

  deinit { storage.deallocate() }

  /// Adds an action behind all others.
  public mutating func append(_ action: WorkloadAction) {
    if count == capacity { grow() }
    storage[count] = action
    count += 1
  }

  /// Adds a key behind all others; the next look-up names the run that it belongs to.
  public mutating func append(key: BlockKey) { keys.append(key) }

  /// The action at `index`, in order of appending.
  public subscript(index: Int) -> WorkloadAction {
    precondition(index >= 0 && index < count, "no such action")
    return storage[index]
  }

  /// Forgets all actions and keys, and keeps the room that they took.
  public mutating func removeAll() {
    count = 0
    if !keys.isEmpty { keys.removeAll(keepingCapacity: true) }
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<WorkloadAction>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: storage, count: count)
    storage.deallocate()
    storage = larger
    capacity *= 2
  }
}
