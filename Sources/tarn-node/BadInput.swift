import ArgumentParser
import Foundation
import TarnNode
import TarnSettings

/// Input that is at fault: what is wrong goes to stderr, the exit status is 2.
enum BadInput {
  static let status: Int32 = 2

  /// What `body` returns; ends the program with status 2 if it finds the input at fault.
  static func catching<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as SettingsError {
      end("\(error)")
    } catch let error as ValidationError {
      end("Error: \(error.message)")
    }
  }

  static func end(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(status)
  }
}
