import Glibc

/// Processor time of this process in nanoseconds: what others do on the machine is not in it, but
/// the caches and the cores' threads that they share with it are.
func processorNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Nanoseconds of processor time that one of the `count` repetitions inside `body` takes.
func measure(_ count: Int, _ body: () -> UInt64) -> Double {
  let start = processorNanoseconds()
  let sum = body()
  let end = processorNanoseconds()
  blackHole(sum)
  return Double(end - start) / Double(count)
}

/// Keeps the optimiser from dropping what computed `value`.
@inline(never) func blackHole(_ value: UInt64) {
  withUnsafePointer(to: value) { if $0.pointee == 0x0123_4567_89ab_cdef { print("") } }
}

/// The machine's load over 1, 5 and 15 minutes.
func loadAverage() -> String {
  var loads = [0.0, 0.0, 0.0]
  guard getloadavg(&loads, 3) == 3 else { return "unknown" }
  return loads.map { short($0) }.joined(separator: " ")
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
  if abs(value) >= 100 { return "\(Int(value.rounded()))" }
  let decimals = abs(value) >= 10 ? 10.0 : 100.0
  return "\((value * decimals).rounded() / decimals)"
}
