internal import CFuzzer
internal import Glibc

/// `fuzz TARGET [options of libFuzzer] [folders or files with inputs]`: fuzzes one parser, or with
/// files runs just those. `fuzz --list` names the targets.
@main
enum Fuzz {
  static let targets: [FuzzTarget] =
    [
      .httpHead, .responseHead, .httpChunks, .httpDate, .percentCoding,
      .s3Request, .s3Range, .s3Listing, .uploadID,
      .signature, .awsChunks, .xml,
      .peerFrame, .peerStream, .peerHandshake, .etcd,
      .flashEntry, .flashSuperblock, .folderPath,
      .decisionRecord, .decisionLog, .traceBlock, .traceFile, .nodeYAML,
    ]

  /// The target of this process: libFuzzer calls a C function, which can't hold it.
  private static let chosen = targets.first { $0.name == CommandLine.arguments.dropFirst().first }

  static func main() {
    if CommandLine.arguments.dropFirst().first == "--list" {
      for target in targets { print(target.name) }
      return
    }
    guard let chosen else {
      print("usage: fuzz TARGET [options of libFuzzer] [inputs]; fuzz --list names the targets")
      exit(2)
    }
    var arguments = CommandLine.arguments
    arguments.remove(at: 1)
    // Later options win, so the command line can say otherwise.
    arguments.insert("-max_len=\(chosen.longestInput)", at: 1)
    // libFuzzer keeps pointers to these.
    var texts: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    texts.append(nil)
    exit(run(&texts))
  }

  private static func run(_ texts: inout [UnsafeMutablePointer<CChar>?]) -> CInt {
    var count = CInt(texts.count - 1)
    return texts.withUnsafeMutableBufferPointer { texts in
      var arguments = texts.baseAddress
      return LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
        Fuzz.chosen?.run(UnsafeRawBufferPointer(start: bytes, count: count))
        tarn_announce_counters()
        return 0
      }
    }
  }
}
