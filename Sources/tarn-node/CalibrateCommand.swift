import ArgumentParser
import Foundation
import Logging
import NIOPosix
import TarnNode
import TarnSettings

/// `tarn-node calibrate`: measures this machine and writes it as a scenario's node class and origin.
struct CalibrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Measure this machine, its network and an origin, as YAML for a scenario.",
    discussion: """
      Memory and the network are always measured, flash and the origin if they are named:

        tarn-node calibrate --flash /mnt/nvme --origin s3:http://127.0.0.1:8333 --output node.yaml

      For the network between two machines run `tarn-node calibrate --serve 10.0.0.7:7079` on one and
      `--peer 10.0.0.7:7079` on the other; alone, loopback is measured.
      """)

  @Option(help: ArgumentHelp("Folder on the flash device.", valueName: "folder"))
  var flash: String?

  @Option(help: ArgumentHelp("Bytes of the temporary file there, in MiB.", valueName: "MiB"))
  var flashFile: Int = 1_024

  @Option(help: ArgumentHelp("file:DIR, s3:URL or azure:URL.", valueName: "origin"))
  var origin: String?

  @Option(help: ArgumentHelp("Object to read there, CONTAINER/KEY.", valueName: "object"))
  var object: String?

  @Option(
    help: ArgumentHelp(
      "Bytes of a block, in which a cache will read the origin, for example 256KiB.",
      valueName: "size"))
  var block: String = "4MiB"

  @Option(help: ArgumentHelp("Where another machine serves.", valueName: "address"))
  var peer: String?

  @Option(
    help: ArgumentHelp(
      "Serve another machine's measurement until a key or signal.", valueName: "address"))
  var serve: String?

  @Option(help: ArgumentHelp("Seconds that each part takes, about.", valueName: "s"))
  var seconds: Double = 20

  @Option(help: ArgumentHelp("Name of the node class.", valueName: "name"))
  var name: String = "measured"

  @Option(help: ArgumentHelp("GPUs of a node of this class; stated, not measured.", valueName: "n"))
  var gpus: Int = 1

  @Option(help: ArgumentHelp("File to write; standard output by default.", valueName: "file"))
  var output: String?

  func run() async throws {
    do {
      if let serve { return try await serveOthers(at: try place(serve, "--serve")) }
      if let output { checkWritable(output) }
      try write(try await measure())
    } catch let error as CalibrationError {
      BadInput.end("tarn-node \(error)")
    } catch let error as OriginError {
      BadInput.end("tarn-node calibrate: --origin \(origin ?? ""): \(error.reason)")
    }
  }

  /// Whether there is a place for the result is found out before the measurement, not after it.
  private func checkWritable(_ path: String) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if isThere, isFolder.boolValue {
      BadInput.end("tarn-node calibrate: --output \(path) is a folder; name a file in it")
    }
    guard FileManager.default.isWritableFile(atPath: folder) else {
      BadInput.end(
        "tarn-node calibrate: --output \(path): no file can be made in \(folder); name one in a folder "
          + "that exists and that this user may write to")
    }
  }

  private func write(_ report: CalibrationReport) throws {
    guard let output else { return print(report.yaml, terminator: "") }
    do {
      try report.yaml.write(toFile: output, atomically: true, encoding: .utf8)
    } catch {
      // A full disk must not cost the measurement.
      print(report.yaml, terminator: "")
      BadInput.end(
        "tarn-node calibrate: --output \(output) cannot be written (\(error.localizedDescription)): the "
          + "result went to standard output; free some space, or name another file")
    }
    note("written to \(output)")
  }

  private func measure() async throws -> CalibrationReport {
    var settings = Calibration.Settings()
    settings.className = name
    settings.gpus = gpus
    settings.seconds = seconds
    do { settings.blockBytes = try ValueReader<UInt64>.size().read(block) } catch {
      BadInput.end("tarn-node calibrate: --block \(error.message)")
    }
    settings.flash = flash.map {
      Calibration.FlashPlace(
        directory: $0, fileBytes: UInt64(min(max(0, flashFile), 1 << 40)) << 20)
    }
    settings.peer = try peer.map { try place($0, "--peer") }
    guard let origin else { return try await Calibration.measure(settings) { note($0) } }
    let opened = try BadInput.catching { try NodeConfiguration.OriginPlace(argument: origin) }
    return try await OpenedOrigin.with(opened) { store in
      let parts = object?.split(separator: "/", maxSplits: 1).map(String.init)
      settings.origin = Calibration.OriginPlace(
        store, container: parts?.first, key: parts.flatMap { $0.count == 2 ? $0[1] : nil })
      return try await Calibration.measure(settings) { note($0) }
    }
  }

  private func serveOthers(at place: NodeConfiguration.SocketPlace) async throws {
    let peer = try CalibrationPeer(on: place)
    note("serving at \(place.host):\(peer.port); end with Ctrl-C")
    while true { try await Task.sleep(for: .seconds(3_600)) }
  }

  private func place(_ text: String, _ option: String) throws -> NodeConfiguration.SocketPlace {
    guard let place = NodeConfiguration.SocketPlace(text) else {
      BadInput.end("\(option) '\(text)' is no address; give one such as 10.0.0.7:7079")
    }
    return place
  }

  /// Progress goes to stderr: stdout is the YAML.
  private func note(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
