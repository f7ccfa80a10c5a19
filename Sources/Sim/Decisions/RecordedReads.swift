public import TarnCore
import TarnDecisions

/// A read of a recorded core, from the question to its answer.
public struct RecordedRead: Sendable, Equatable {
  /// When the core was asked, by its own clock.
  public var time: Instant
  public var key: BlockKey
  /// Bytes of the block.
  public var length: UInt32
  /// Where the bytes came from; `none` if the read failed.
  public var source: Source
  /// Nanoseconds until the core had the answer: the way to the client is not part of it.
  public var latency: Nanoseconds

  /// The columns of `csvLine`.
  public static let csvHeading = "node,shard,time_ns,key,bytes,source,latency_ns"

  /// The read as a line of CSV, without its end.
  public func csvLine(node: UInt16, shard: Int) -> String {
    let key = "\(DecisionText.hash(key.high))-\(DecisionText.hash(key.low))"
    return "\(node),\(shard),\(time.nanoseconds),\(key),\(length),\(source),\(latency)"
  }
}

/// Finds the reads in a core's steps.
struct RecordedReads {
  private struct Question {
    var time: Instant
    var key: BlockKey
    var length: UInt32
  }
  /// Looked up, never walked.
  private var waiting: [RequestID: Question] = [:]

  /// A fresh core takes the old one's place: whoever waited for that has no answer.
  mutating func restart() { waiting.removeAll() }

  /// Takes a step and says which reads it answered.
  mutating func take(_ record: DecisionRecord) -> [RecordedRead] {
    if case .input(.read(let read)) = record.event {
      waiting[read.request] = Question(time: record.time, key: read.key, length: read.length)
    }
    return record.effects.compactMap { effect in
      guard case .reply(let reply) = effect,
        let question = waiting.removeValue(forKey: reply.request)
      else { return nil }
      return RecordedRead(
        time: question.time, key: question.key, length: question.length, source: reply.source,
        latency: record.time - question.time)
    }
  }
}
