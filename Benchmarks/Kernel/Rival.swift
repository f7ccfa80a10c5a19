import PriorityQueue
import TarnCore
import TarnSim

/// The same workloads as `HoldModel`, on C++'s `std::priority_queue`, in C++.
///
/// Both sides run the same loop on the same delays and return the same hash of the order of their
/// pops, which proves that they did the same work.
struct Rival: ~Copyable {
  private let queue: OpaquePointer
  private let delays: [Nanoseconds]
  private var processes: [tarn_phold_process]

  /// Nil if memory is out.
  init?(delays: [Nanoseconds], processSeeds seeds: [UInt64]) {
    guard let queue = tarn_priority_queue_create() else { return nil }
    self.queue = queue
    self.delays = delays
    processes = seeds.map {
      var process = tarn_phold_process()
      process.random = $0
      return process
    }
  }

  deinit { tarn_priority_queue_destroy(queue) }

  mutating func push(_ number: UInt64, at time: Instant) {
    tarn_priority_queue_push(queue, time.nanoseconds, number)
  }

  mutating func hold(rounds: Int) -> UInt64 {
    tarn_priority_queue_hold(queue, delays, UInt64(delays.count), UInt64(rounds))
  }

  mutating func phold(rounds: Int) -> UInt64 {
    tarn_priority_queue_phold(
      queue, &processes, UInt64(processes.count), delays, UInt64(delays.count), UInt64(rounds))
  }
}
