import TarnCore

/// Reads of absent blocks in a full tier: origin read, completion, reply, eviction.
enum MissRace {
  private static let depths = [1, 64]

  static func run(_ subjects: [Subject], _ effort: Effort) {
    var times = subjects.map { _ in depths.map { _ in [Double]() } }
    var steps = subjects.map { _ in depths.map { _ in 0.0 } }
    for round in -1..<effort.rounds {
      for (index, subject) in subjects.enumerated() {
        for (number, depth) in depths.enumerated() {
          let stepsBefore = subject.driver.steps
          let evictionsBefore = subject.driver.node.counters.memoryEvictions
          let count = effort.fetches / depth * depth
          let time = measure(count) {
            misses(&subject.driver, &subject.nextFresh, count: count, depth: depth)
          }
          let evictions = subject.driver.node.counters.memoryEvictions - evictionsBefore
          precondition(evictions == UInt64(count), "every fetch of the race evicts one block")
          if round < 0 { continue }
          times[index][number].append(time)
          steps[index][number] = Double(subject.driver.steps - stepsBefore) / Double(count)
        }
      }
    }
    report(subjects, times, steps)
  }

  private static func report(_ subjects: [Subject], _ times: [[[Double]]], _ steps: [[Double]]) {
    say("\nMiss: the owner reads a block it never saw from the origin, one other block leaves.")
    say("A fetch is all its steps and the driver's answers; `hit ratio` is that of the filling,")
    say("Zipf 1.0 over 10 times as many blocks as fit.")
    say("\n| policy | under way | steps a fetch | ns a fetch | ns a step | hit ratio |")
    say("| --- | ---: | ---: | ---: | ---: | ---: |")
    for (index, subject) in subjects.enumerated() {
      for (number, depth) in depths.enumerated() {
        let time = Spread(times[index][number])
        let count = steps[index][number]
        say(
          "| \(subject.kind.name) | \(depth) | \(short(count)) | \(time) "
            + "| \(short(time.median / count)) | \(short(subject.fillHitRatio)) |")
      }
    }
  }

  @inline(never)
  static func misses(
    _ driver: inout Driver, _ nextFresh: inout UInt64, count: Int, depth: Int
  ) -> UInt64 {
    for _ in 0..<count / depth {
      let first = nextFresh
      driver.fetch(depth: depth) { numberedKey(first + UInt64($0), series: 2) }
      nextFresh += UInt64(depth)
    }
    return nextFresh
  }
}
