internal import Synchronization
internal import TarnCore

/// What is said about an object that is asked for.
struct ObjectNews: Sendable {
  var attributes: ObjectAttributes
  /// The block of it that came along from the origin, or is about to.
  var early: UInt32?
}

/// Questions about objects that are under way: many that ask the same share one answer.
///
/// An answer may only be given to those whom a question sent at that time serves (see
/// `VersionRule.earliestQuestion`): who comes too late for it waits for the next one, so that nobody
/// learns of a version that was replaced too long before he asked, and still a crowd costs the origin
/// one question at a time.
final class AttributeQuestions: Sendable {
  typealias Answer = Result<ObjectNews, ObjectFailure>
  typealias Waiter = @Sendable (Answer) -> Void

  private struct Question {
    var askedAt: Instant
    var waiting: [Waiter] = []
    var next: [Waiter] = []
  }
  private let questions = Mutex<[ObjectName: Question]>([:])

  /// Adds a waiter who asks at `now` and is served by questions from `earliest` on. True if the caller
  /// has to ask, and then `answer`.
  func ask(
    _ name: ObjectName, at now: Instant, earliest: Instant, _ waiter: @escaping Waiter
  ) -> Bool {
    questions.withLock { questions in
      guard var question = questions[name] else {
        questions[name] = Question(askedAt: now, waiting: [waiter])
        return true
      }
      if question.askedAt < earliest {
        question.next.append(waiter)
      } else {
        question.waiting.append(waiter)
      }
      questions[name] = question
      return false
    }
  }

  /// Gives the answer to those who wait for it. True if others wait for the next: ask again, as of
  /// `now`.
  func answer(_ name: ObjectName, _ answer: Answer, at now: Instant) -> Bool {
    let (waiting, isAskedAgain) = questions.withLock { questions -> ([Waiter], Bool) in
      guard let question = questions[name] else { return ([], false) }
      questions[name] =
        question.next.isEmpty ? nil : Question(askedAt: now, waiting: question.next)
      return (question.waiting, !question.next.isEmpty)
    }
    for waiter in waiting { waiter(answer) }
    return isAskedAgain
  }
}
