/// One parser under fuzz: it must not trap, whatever comes in, and what `run` demands must hold.
struct FuzzTarget: Sendable {
  /// As on the command line, and the name of its folder of seeds.
  let name: String
  /// Bytes of the longest input that is tried: long enough to reach every limit of the parser.
  let longestInput: Int
  private let body: @Sendable (inout FuzzInput) -> Void

  init(
    _ name: String, longestInput: Int = 512, _ body: @escaping @Sendable (inout FuzzInput) -> Void
  ) {
    self.name = name
    self.longestInput = longestInput
    self.body = body
  }

  func run(_ bytes: UnsafeRawBufferPointer) {
    var input = FuzzInput(bytes)
    body(&input)
  }
}

/// Ends the process, and with it the run, unless `holds`. libFuzzer then saves the input.
func demand(_ holds: Bool, _ sentence: @autoclosure () -> String) {
  guard !holds else { return }
  fatalError("broken: \(sentence())")
}
