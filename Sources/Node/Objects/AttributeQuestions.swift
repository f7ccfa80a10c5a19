internal import Synchronization

/// Questions about objects that are under way: many that ask the same share one answer.
///
/// With `isStrict`, an answer may only be given to those who asked before the question was sent: who
/// comes later waits for the next one, so that nobody learns of a version that was replaced before he
/// asked, and still a crowd costs the origin one question at a time.
final class AttributeQuestions: Sendable {
  typealias Answer = Result<ObjectAttributes, ObjectFailure>
  typealias Waiter = @Sendable (Answer) -> Void

  private struct Question {
    var waiting: [Waiter] = []
    var next: [Waiter] = []
  }
  private let questions = Mutex<[ObjectName: Question]>([:])

  /// Adds a waiter. True if the caller has to ask, and then `answer`.
  func ask(_ name: ObjectName, isStrict: Bool, _ waiter: @escaping Waiter) -> Bool {
    questions.withLock { questions in
      guard var question = questions[name] else {
        questions[name] = Question(waiting: [waiter])
        return true
      }
      if isStrict { question.next.append(waiter) } else { question.waiting.append(waiter) }
      questions[name] = question
      return false
    }
  }

  /// Gives the answer to those who wait for it. True if others wait for the next: ask again.
  func answer(_ name: ObjectName, _ answer: Answer) -> Bool {
    let (waiting, isAskedAgain) = questions.withLock { questions -> ([Waiter], Bool) in
      guard let question = questions[name] else { return ([], false) }
      questions[name] = question.next.isEmpty ? nil : Question(waiting: question.next)
      return (question.waiting, !question.next.isEmpty)
    }
    for waiter in waiting { waiter(answer) }
    return isAskedAgain
  }
}
