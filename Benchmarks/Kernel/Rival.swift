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
  private let processes: UnsafeMutableBufferPointer<tarn_phold_process>

  /// Nil if memory is out.
  init?(delays: [Nanoseconds], processSeeds seeds: [UInt64]) {
    guard let queue = tarn_priority_queue_create() else { return nil }
    self.queue = queue
    self.delays = delays
    // Whole cache lines, as on our side.
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(1, seeds.count) * MemoryLayout<tarn_phold_process>.stride, alignment: 64)
    processes = UnsafeMutableBufferPointer(
      start: memory.bindMemory(to: tarn_phold_process.self, capacity: seeds.count),
      count: seeds.count)
    for (index, seed) in seeds.enumerated() {
      var process = tarn_phold_process()
      process.random = seed
      processes.initializeElement(at: index, to: process)
    }
  }

  deinit {
    tarn_priority_queue_destroy(queue)
    UnsafeMutableRawPointer(processes.baseAddress)?.deallocate()
  }

  mutating func push(_ number: UInt64, at time: Instant) {
    tarn_priority_queue_push(queue, time.nanoseconds, number)
  }

  mutating func hold(rounds: Int) -> UInt64 {
    tarn_priority_queue_hold(queue, delays, UInt64(delays.count), UInt64(rounds))
  }

  mutating func phold(rounds: Int) -> UInt64 {
    tarn_priority_queue_phold(
      queue, processes.baseAddress, UInt64(processes.count), delays, UInt64(delays.count),
      UInt64(rounds))
  }
}
