import CPrefetch
public import TarnCore

/// The workloads by which event queues are compared since Vaucher and Duval (1975), run on
/// `EventQueue`: what its benchmark times and a test of its order.
///
/// It lives beside the queue because generic code is specialised within its own module: here it runs
/// as it does in the simulator.
public struct HoldModel: ~Copyable {
  /// What an event of the simulator is to the queue: eight bytes.
  private struct Ticket: BitwiseCopyable {
    var number: UInt64
  }

  /// The state of one process of PHOLD: one cache line.
  private struct Process: BitwiseCopyable {
    var random: UInt64
    var received: UInt64 = 0
    var lastTime = Instant.zero
    var unused: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
  }

  private var queue = EventQueue<Ticket>()
  private let delays: [Nanoseconds]
  private let processes: UnsafeMutableBufferPointer<Process>

  /// A model that draws from `delays`, a power of two of them, and has a process for each of `seeds`.
  public init(delays: [Nanoseconds], processSeeds seeds: [UInt64]) {
    precondition(delays.count.nonzeroBitCount == 1, "the delays are a power of two in number")
    self.delays = delays
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(1, seeds.count) * MemoryLayout<Process>.stride, alignment: 64)
    processes = UnsafeMutableBufferPointer(
      start: memory.bindMemory(to: Process.self, capacity: seeds.count), count: seeds.count)
    for (index, seed) in seeds.enumerated() {
      processes.initializeElement(at: index, to: Process(random: seed))
    }
  }

  deinit { UnsafeMutableRawPointer(processes.baseAddress)?.deallocate() }

  /// Adds an event; for PHOLD `number` is its process.
  public mutating func push(_ number: UInt64, at time: Instant) {
    queue.push(Ticket(number: number), at: time)
  }

  /// Pops an event and pushes it again at the next delay, `rounds` times. Returns a hash of the order.
  public mutating func hold(rounds: Int) -> UInt64 {
    var hash: UInt64 = 0
    let mask = delays.count &- 1
    for round in 0..<rounds {
      guard let event = queue.pop() else { break }
      hash = Self.mix(hash, event.payload.number)
      queue.push(event.payload, at: event.time + delays[round & mask])
    }
    return hash
  }

  /// PHOLD (Fujimoto, 1990): pops an event, updates its process, and pushes an event for a random
  /// process at a random delay, `rounds` times. Returns a hash of the order.
  public mutating func phold(rounds: Int) -> UInt64 {
    precondition(!processes.isEmpty, "PHOLD needs processes")
    let mask = UInt64(delays.count &- 1)
    let processCount = UInt64(processes.count)
    var hash: UInt64 = 0
    for _ in 0..<rounds {
      guard let event = queue.pop() else { break }
      prefetchProcess()
      let index = Int(event.payload.number)
      let random =
        processes[index].random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      processes[index].random = random
      processes[index].received &+= 1
      processes[index].lastTime = event.time
      hash = Self.mix(hash, event.payload.number)
      let target = ((random &>> 32) &* processCount) &>> 32
      let delay = delays[Int(truncatingIfNeeded: random &>> 20 & mask)]
      queue.push(Ticket(number: target), at: event.time + delay)
    }
    return hash
  }

  /// What a sorted run is good for: the memory of the event that is eight pops away is fetched now.
  private func prefetchProcess() {
    guard let ticket = queue.upcoming(8), let first = processes.baseAddress else { return }
    tarn_prefetch(first + Int(ticket.number))
  }

  private static func mix(_ hash: UInt64, _ value: UInt64) -> UInt64 {
    (hash ^ value) &* 0x100_0000_01B3
  }
}
