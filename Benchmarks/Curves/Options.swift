import Glibc
import TarnSim

/// What the command line asks for.
struct Options {
  /// The generated trace.
  var requests = 20_000_000
  var ids: UInt64 = 1_000_000
  var exponent = 1.0
  /// A recorded trace instead.
  var trace: String?
  var ignoresSizes = false
  /// How the sampled curves are made.
  var rate = 0.01
  var repeats = 5
  var fewestObjects: Double?
  /// Studies with different seeds, for the band's coverage.
  var seeds = 5
  var policies = ReplayPolicy.names.filter { !$0.hasPrefix("belady") }.joined(separator: ",")
  /// Rounds of the exact curve's race; 0 leaves it out.
  var rounds = 3

  static let usage = """
    usage: bench-curves [--quick] [--requests N] [--ids N] [--exponent X] [--trace FILE] [--ignore-size]
      [--rate R] [--repeats N] [--fewest N] [--seeds N] [--policy LIST] [--rounds N]
    """

  /// Nil for arguments that are not understood.
  init?(_ arguments: [String]) {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      switch name {
      case "--quick": (requests, ids, seeds) = (2_000_000, 100_000, 3)
      case "--ignore-size": ignoresSizes = true
      default:
        guard let value = rest.popFirst(), take(name, value) else { return nil }
      }
    }
  }

  private mutating func take(_ name: String, _ value: String) -> Bool {
    func set<Number>(_ target: inout Number, _ number: Number?, where isRight: Bool = true) -> Bool
    {
      guard let number, isRight else { return false }
      target = number
      return true
    }
    switch name {
    case "--requests": return set(&requests, Int(value), where: (Int(value) ?? 0) > 0)
    case "--ids": return set(&ids, UInt64(value), where: (UInt64(value) ?? 0) > 0)
    case "--exponent": return set(&exponent, Double(value))
    case "--trace": return set(&trace, value)
    case "--rate": return set(&rate, Double(value), where: 0 < (Double(value) ?? 0))
    case "--repeats": return set(&repeats, Int(value), where: (Int(value) ?? 0) >= 2)
    case "--fewest": return set(&fewestObjects, Double(value))
    case "--seeds": return set(&seeds, Int(value), where: (Int(value) ?? 0) > 0)
    case "--policy": return set(&policies, value)
    case "--rounds": return set(&rounds, Int(value))
    default: return false
    }
  }

  /// The trace: recorded, or drawn from a Zipf distribution with a fixed seed, popularity scattered over
  /// the ids.
  func input() throws -> ReplayInput {
    if let trace {
      var options = TraceReadOptions()
      options.ignoreSizes = ignoresSizes
      return .loaded(try RequestTrace.load(path: trace, options: options))
    }
    let zipf = ZipfDistribution(count: ids, exponent: exponent)
    var stream = RandomStream(seed: 1, purpose: "bench.curves")
    var keys: [UInt64] = []
    keys.reserveCapacity(requests)
    for _ in 0..<requests { keys.append(zipf.draw(from: &stream) &* 0x9E37_79B9_7F4A_7C15) }
    return .loaded(RequestTrace(name: "zipf", keys: keys))
  }
}

/// Prints a line at once.
func say(_ text: String) {
  print(text)
  fflush(nil)
}

/// Processor time of this process, seconds.
func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// `value` with so many decimals.
func fixed(_ value: Double, _ digits: Int) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let whole = Int((abs(value) * scale).rounded())
  let text = String(whole)
  let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
  let sign = value < 0 && whole != 0 ? "-" : ""
  return sign + padded.dropLast(digits) + (digits > 0 ? "." + padded.suffix(digits) : "")
}

/// `text` flush right in `width`.
func right(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}
