public import TarnCore

extension RandomStream {
  /// A number from the exponential distribution with this mean: the wait for an event that comes at a
  /// constant rate.
  public mutating func exponential(mean: Double) -> Double {
    precondition(mean >= 0, "a mean wait is not negative")
    return -mean * DeterministicMath.log(1 - unit())
  }

  /// An exponentially distributed span of time, rounded down to nanoseconds.
  public mutating func exponential(mean: Nanoseconds) -> Nanoseconds {
    // At most 36.8 means: 1 - unit() is at least 2^-53. Out of range only for means over 15 years.
    Nanoseconds(min(exponential(mean: Double(mean)), 0x1p63))
  }

  /// A number from the normal distribution (Marsaglia's polar method, 1964).
  public mutating func normal(mean: Double, deviation: Double) -> Double {
    while true {
      let x = 2 * unit() - 1
      let y = 2 * unit() - 1
      let square = x * x + y * y
      if square < 1 && square > 0 {
        let factor = (-2 * DeterministicMath.log(square) / square).squareRoot()
        return mean + deviation * (x * factor)
      }
    }
  }

  /// A number from the log-normal distribution: half are below `median`, and the logarithm has
  /// standard deviation `sigma`. The mean is median * e^(sigma^2 / 2).
  public mutating func logNormal(median: Double, sigma: Double) -> Double {
    precondition(median > 0 && sigma >= 0, "a log-normal median is positive, sigma at least 0")
    return median * DeterministicMath.exp(normal(mean: 0, deviation: sigma))
  }
}
