import Foundation
import TarnSettings
import TarnSim

/// Ends a command with what went wrong, in one message, and the exit status that it deserves.
func endCommand(with error: any Error) -> Never {
  let status =
    switch error {
    case is SettingsError, is ExportError: ExitStatus.badInput
    case let error as SimulationError where error.isBadInput: ExitStatus.badInput
    default: ExitStatus.internalError
    }
  endCommand(with: String(describing: error), status)
}

/// Ends a command with a message and an exit status.
func endCommand(with message: String, _ status: Int32) -> Never {
  Terminal.printError(message)
  Foundation.exit(status)
}

extension SettingsError {
  /// An option whose value cannot be: `option` as it was written, `cure` what to write instead.
  init(option: String, cure: String) {
    self.init([Issue(file: nil, path: option, message: cure)])
  }
}

/// Makes the folder of `--export`: one that cannot be written is found out before the runs, not after
/// them.
func prepareExport(_ folder: String) throws(SettingsError) {
  do {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  } catch {
    throw SettingsError(
      option: "--export \(folder)", cure: "cannot be made; name a folder that you may write")
  }
  guard FileManager.default.isWritableFile(atPath: folder) else {
    throw SettingsError(
      option: "--export \(folder)", cure: "is not writable; name another folder")
  }
}
