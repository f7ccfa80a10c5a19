import Glibc

/// Processor time of this process in nanoseconds: what others do on the machine is not in it.
func processorNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Nanoseconds of processor time that one of `count` repetitions of `body` takes.
func measure(_ count: Int, _ body: (Int) -> UInt64) -> Double {
  var sum: UInt64 = 0
  let start = processorNanoseconds()
  for index in 0..<count { sum &+= body(index) }
  let end = processorNanoseconds()
  blackHole(sum)
  return Double(end - start) / Double(count)
}

/// Keeps the optimiser from dropping what computed `value`.
@inline(never) func blackHole(_ value: UInt64) {
  withUnsafePointer(to: value) { if $0.pointee == 0x0123_4567_89ab_cdef { print("") } }
}

/// Median, least and greatest of some values.
struct Spread: CustomStringConvertible {
  let median: Double
  let least: Double
  let most: Double

  init(_ values: [Double]) {
    let sorted = values.sorted()
    median = sorted[sorted.count / 2]
    least = sorted[0]
    most = sorted[sorted.count - 1]
  }

  var description: String { "\(short(median)) (\(short(least)) to \(short(most)))" }
}

/// Three significant digits or so.
func short(_ value: Double) -> String {
  let decimals = value >= 100 ? 1.0 : value >= 1 ? 100.0 : 10_000.0
  return "\((value * decimals).rounded() / decimals)"
}
