extension RequestTrace {
  /// The same requests with keys renumbered 0, 1, 2 ... in order of first appearance, and how many.
  ///
  /// A replay then finds a key by its position instead of by its hash. Policies that hash keys
  /// (sketches, samples) see other ones.
  public func interned() -> (trace: RequestTrace, keys: Int) {
    var map = KeyMap(expected: 1 << 16)
    var numbers: [UInt64] = []
    numbers.reserveCapacity(count)
    for key in keys { numbers.append(UInt64(map.number(key))) }
    var trace = self
    trace.keys = numbers
    return (trace, map.count)
  }
}
