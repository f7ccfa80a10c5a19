/// What the command's exit status says.
enum ExitStatus {
  static let internalError: Int32 = 1
  static let badInput: Int32 = 2
  static let objectiveBroken: Int32 = 3
  /// By the shell's convention.
  static func signal(_ number: Int32) -> Int32 { 128 + number }
}
