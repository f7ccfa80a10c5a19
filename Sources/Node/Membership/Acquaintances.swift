internal import Logging
internal import TarnCore

/// Who is at which address, learned by asking the nodes themselves: their racks, zones and weights
/// (and, without a list, their ordinals) are in no list and no DNS.
actor Acquaintances {
  typealias Greet = @Sendable (NodeConfiguration.SocketPlace) async throws -> PeerGreeting

  /// Nodes greeted at the same time.
  private static let concurrency = 16

  private struct Entry {
    var greeting: PeerGreeting?
    /// When to greet it again.
    var due: Instant
    var complaint = ""
  }

  /// What a greeting came to. A struct: as a tuple, Swift 6.3.1's release build of the task group
  /// copies it from the wrong place.
  private struct Answer: Sendable {
    var place: NodeConfiguration.SocketPlace
    var result: Result<PeerGreeting, any Error>
  }

  private let greet: Greet
  private let now: @Sendable () -> Instant
  private let refreshNanoseconds: Nanoseconds
  private let logger: Logger
  private var entries: [NodeConfiguration.SocketPlace: Entry] = [:]

  /// Nodes that answered are greeted again after `refreshNanoseconds`: a node that restarted may have
  /// another rack, and an address may be another node's by then.
  init(
    greet: @escaping Greet, now: @escaping @Sendable () -> Instant,
    refreshNanoseconds: Nanoseconds, logger: Logger
  ) {
    self.greet = greet
    self.now = now
    self.refreshNanoseconds = refreshNanoseconds
    self.logger = logger
  }

  /// What is known of these places, after those were greeted whose turn it is. Others are forgotten.
  /// A node that does not answer now stays what it was.
  func meet(
    _ places: [NodeConfiguration.SocketPlace]
  ) async -> [NodeConfiguration.SocketPlace: PeerGreeting] {
    let wanted = Set(places)
    entries = entries.filter { wanted.contains($0.key) }
    let time = now()
    let due = wanted.filter { entries[$0].map { $0.due <= time } ?? true }
    await withTaskGroup(of: Answer.self) { group in
      var waiting = due.makeIterator()
      func add() {
        guard let place = waiting.next() else { return }
        let greet = greet
        group.addTask {
          do {
            return Answer(place: place, result: .success(try await greet(place)))
          } catch {
            return Answer(place: place, result: .failure(error))
          }
        }
      }
      for _ in 0..<Acquaintances.concurrency { add() }
      while let answer = await group.next() {
        note(answer.place, answer.result)
        add()
      }
    }
    return entries.compactMapValues(\.greeting)
  }

  private func note(
    _ place: NodeConfiguration.SocketPlace, _ result: Result<PeerGreeting, any Error>
  ) {
    var entry = entries[place] ?? Entry(greeting: nil, due: .zero)
    switch result {
    case .success(let greeting):
      entry.greeting = greeting
      entry.due = now() + refreshNanoseconds
      entry.complaint = ""
    case .failure(let error):
      // Once for each reason, not once for each round.
      let complaint = "\(error)"
      if complaint != entry.complaint {
        logger.info("\(place.host):\(place.port) does not say who it is: \(complaint)")
      }
      entry.complaint = complaint
    }
    entries[place] = entry
  }
}
