/// A part of a trace that could not be read.
public struct TraceDamage: Equatable, Sendable, CustomStringConvertible {
  /// Where it begins, in bytes from the start of the file.
  public var offset: UInt64
  /// What is wrong there.
  public var problem: String
  /// Records that are lost, as far as the blocks around tell; empty if none is.
  public var lostRecords: Range<UInt64>
  /// The file ends in the damage, so how many records are lost is not known.
  public var reachesEnd: Bool

  public var description: String {
    var text = "at byte \(offset): \(problem)"
    if reachesEnd {
      text += "; records from \(lostRecords.lowerBound) on are lost, if there were any"
    } else if !lostRecords.isEmpty {
      text += "; records \(lostRecords.lowerBound) to \(lostRecords.upperBound - 1) are lost"
    }
    return text
  }

  /// What a strict reader throws.
  package func refusal(path: String) -> TraceError {
    TraceError(.damaged, path: path, "\(self); without strict reading the whole blocks are yielded")
  }
}
