import Glibc

/// The seed that runs now, for the last words of a process that a precondition stops.
nonisolated(unsafe) private var seedUnderWay: UInt64 = 0

/// From now on a trap says which seed ran: a stopped process prints nothing else that finds it.
func nameSeedOnTrap(_ seed: UInt64) {
  seedUnderWay = seed
  for number in [SIGILL, SIGTRAP] {
    signal(number) { number in
      var text: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) = (0x0A, 0, 0, 0, 0, 0)
      _ = withUnsafeBytes(of: &text) { write(2, $0.baseAddress, 1) }
      writeSeed()
      signal(number, SIG_DFL)
      raise(number)
    }
  }
}

/// Writes "cluster fuzz, seed N" without allocating: it runs in a signal handler.
private func writeSeed() {
  let words: StaticString = "the core stopped itself; cluster fuzz, seed "
  _ = write(2, words.utf8Start, words.utf8CodeUnitCount)
  var digits: InlineArray<21, UInt8> = InlineArray(repeating: 0x0A)
  var rest = seedUnderWay
  var first = 20
  repeat {
    first -= 1
    digits[first] = UInt8(0x30 + rest % 10)
    rest /= 10
  } while rest > 0
  let span = digits.span
  span.withUnsafeBufferPointer { buffer in
    if let base = buffer.baseAddress { _ = write(2, base + first, 21 - first) }
  }
}
