import Foundation

do {
  try KernelBenchmark(arguments: Array(CommandLine.arguments.dropFirst())).run()
} catch {
  FileHandle.standardError.write(Data("bench-kernel: \(error)\n".utf8))
  exit(1)
}
