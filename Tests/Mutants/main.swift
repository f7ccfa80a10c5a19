import Glibc
import TarnCore

// Runs seeds of the cluster fuzz: `fuzz FIRST COUNT OPERATIONS`. Exit status 1 at the first broken
// promise; a core that stops itself ends with a signal, after its seed was named.
let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
guard numbers.count == 3 else {
  print("usage: fuzz FIRST COUNT OPERATIONS")
  exit(2)
}
var steps = 0
var counters = CacheCounters()
var failures = [Int](repeating: 0, count: Failure.allCases.count)
for seed in numbers[0]..<numbers[0] + numbers[1] {
  if CommandLine.arguments.count == 4 { nameSeedOnTrap(seed) }
  let verdict = FuzzRun.verdict(
    seed: seed, operations: Int(numbers[2]), isThorough: seed % 8 == 0)
  steps += verdict.steps
  counters += verdict.counters
  for (index, count) in verdict.failures.enumerated() { failures[index] += count }
  if let violation = verdict.violation {
    print("seed \(seed): \(violation)")
    exit(1)
  }
}
print("\(numbers[1]) seeds, \(steps) steps: every promise was kept")
print(counters)
for failure in Failure.allCases { print(failure, failures[Int(failure.rawValue)]) }
