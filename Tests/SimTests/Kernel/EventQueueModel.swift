import TarnCore
import TarnSim

/// The obvious event queue, against which the fast one is tested: an array kept sorted by time, then
/// by order of push.
struct EventQueueModel {
  private var pending: [(time: UInt64, label: UInt64)] = []
  var count: Int { pending.count }
  var first: UInt64? { pending.last?.time }

  /// Latest first, so that the next event is cheap to remove.
  mutating func push(_ label: UInt64, at time: UInt64) {
    var low = 0
    var high = pending.count
    while low < high {
      let middle = (low + high) / 2
      if pending[middle].time < time { high = middle } else { low = middle + 1 }
    }
    // Equal times stand before this place; the newcomer must be popped after them.
    var place = low
    while place > 0 && pending[place - 1].time == time { place -= 1 }
    pending.insert((time, label), at: place)
  }

  mutating func pop() -> (time: UInt64, label: UInt64)? { pending.popLast() }
}

/// Random numbers that owe nothing to the code under test (the minimal 64-bit congruential generator
/// of Knuth, upper bits).
struct KernelTestRandom {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func bits() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let high = state >> 33
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return high << 33 ^ state >> 31
  }

  mutating func below(_ bound: UInt64) -> UInt64 { bits() % bound }
}
