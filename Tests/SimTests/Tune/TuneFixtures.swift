import Foundation
import TarnCore

@testable import TarnSim

/// A trace in which a policy can win: a hot set by a power law, with long scans of keys that never
/// come again.
func scannedTrace(requests: Int = 24_000, sized: Bool = false) -> RequestTrace {
  var numbers = TestNumbers(7)
  var keys: [UInt64] = []
  var fresh: UInt64 = 1 << 40
  while keys.count < requests {
    if numbers.below(100) == 0 {
      for _ in 0..<150 {
        keys.append(fresh)
        fresh += 1
      }
    } else {
      // Squaring a uniform number favours small ones.
      let draw = numbers.below(1 << 20)
      keys.append((draw * draw) >> 29)
    }
  }
  keys.removeLast(keys.count - requests)
  let sizes = sized ? keys.map { UInt32($0 % 7 + 1) * 100 } : []
  return RequestTrace(name: "scanned", keys: keys, sizes: sizes)
}

/// The question of a small tuning.
func smallQuestion(_ change: (inout TuneQuestion) -> Void = { _ in }) -> TuneQuestion {
  var question = TuneQuestion()
  question.capacity = 200
  question.configurations = 40
  question.policies = ["lru", "s3fifo", "sieve", "arc", "2q"].map { name in
    guard let policy = try? ReplayPolicy(parsing: name) else { preconditionFailure(name) }
    return policy
  }
  change(&question)
  return question
}

/// A folder of a test, gone with the value.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "tarn-tune-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
