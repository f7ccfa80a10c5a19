import Foundation
import Testing

@testable import TarnSim

struct DeterministicMathTests {
  private func isClose(_ value: Double, _ expected: Double, _ tolerance: Double) -> Bool {
    value == expected || abs(value - expected) <= tolerance * abs(expected)
  }

  /// Positive numbers of every magnitude, and many near 1.
  private var arguments: [Double] {
    var stream = RandomStream(seed: 1, purpose: "arguments")
    var numbers: [Double] = [1, 2, 0.5, 0x1p-1074, 0x1p-1022, .greatestFiniteMagnitude]
    for _ in 0..<20_000 {
      numbers.append(Double(bitPattern: stream.below(0x7FF0_0000_0000_0000)))
      numbers.append(1 + (stream.unit() - 0.5) * 0.01)
      numbers.append(stream.unit())
    }
    return numbers.filter { $0 > 0 }
  }

  @Test func `log is that of the C library to 1e-15`() {
    for x in arguments where !isClose(DeterministicMath.log(x), Foundation.log(x), 1e-15) {
      Issue.record("log \(x) = \(DeterministicMath.log(x)), not \(Foundation.log(x))")
    }
  }

  @Test func `exp is that of the C library to 1e-15`() {
    var stream = RandomStream(seed: 2, purpose: "arguments")
    for _ in 0..<30_000 {
      let x = (stream.unit() - 0.5) * 1_416
      if !isClose(DeterministicMath.exp(x), Foundation.exp(x), 1e-15) {
        Issue.record("exp \(x) = \(DeterministicMath.exp(x)), not \(Foundation.exp(x))")
      }
    }
  }

  @Test func `pow is that of the C library to 1e-12`() {
    var stream = RandomStream(seed: 3, purpose: "arguments")
    for x in arguments {
      let y = (stream.unit() - 0.5) * 8
      let expected = Foundation.pow(x, y)
      // Below the normal numbers there are no 12 digits.
      if expected < .leastNormalMagnitude || isClose(DeterministicMath.pow(x, y), expected, 1e-12) {
        continue
      }
      Issue.record("\(x) to the \(y) = \(DeterministicMath.pow(x, y)), not \(expected)")
    }
  }

  @Test func `the ratios near zero keep their digits`() {
    var stream = RandomStream(seed: 4, purpose: "arguments")
    for _ in 0..<10_000 {
      let x = (stream.unit() - 0.5) * DeterministicMath.exp(-20 * stream.unit())
      let difference = DeterministicMath.expm1Ratio(x)
      let logarithm = DeterministicMath.log1pRatio(x)
      if !isClose(difference, Foundation.expm1(x) / x, 2e-14) { Issue.record("expm1 \(x)") }
      if !isClose(logarithm, Foundation.log1p(x) / x, 2e-14) { Issue.record("log1p \(x)") }
    }
    #expect(DeterministicMath.expm1Ratio(0) == 1)
    #expect(DeterministicMath.log1pRatio(0) == 1)
  }

  @Test func `the edges are those of IEEE 754`() {
    #expect(DeterministicMath.log(0) == -.infinity)
    #expect(DeterministicMath.log(-1).isNaN)
    #expect(DeterministicMath.log(.nan).isNaN)
    #expect(DeterministicMath.log(.infinity) == .infinity)
    #expect(DeterministicMath.log(1) == 0)
    #expect(DeterministicMath.exp(0) == 1)
    #expect(DeterministicMath.exp(710) == .infinity)
    #expect(DeterministicMath.exp(-746) == 0)
    #expect(DeterministicMath.exp(-.infinity) == 0)
    #expect(DeterministicMath.exp(-745) == 0x1p-1074)
    #expect(DeterministicMath.exp(.nan).isNaN)
    #expect(DeterministicMath.pow(0, 0) == 1)
    #expect(DeterministicMath.pow(0, 2) == 0)
    #expect(DeterministicMath.pow(0, -2) == .infinity)
    #expect(DeterministicMath.pow(-8, 2).isNaN)
  }

  @Test func `the bits are the same everywhere`() {
    #expect(DeterministicMath.log(10).bitPattern == 0x4002_6BB1_BBB5_5516)
    #expect(DeterministicMath.log(1e-300).bitPattern == 0xC085_9634_47F8_7FB5)
    #expect(DeterministicMath.exp(1).bitPattern == 0x4005_BF0A_8B14_576A)
    #expect(DeterministicMath.exp(-100.5).bitPattern == 0x36E0_1A0E_5643_644F)
    #expect(DeterministicMath.pow(1.7, 12.3).bitPattern == 0x4085_5945_6F53_6899)
  }
}
