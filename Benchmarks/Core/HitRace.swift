import TarnCore

/// A read that memory answers, beside its decision hash alone and a bare look-up of the same keys.
enum HitRace {
  /// CPU nanoseconds of each side, one entry a round.
  private struct Times {
    var step: [Double] = []
    var hash: [Double] = []
    var twice: [Double] = []
    var find: [Double] = []

    func spread(_ value: (Int) -> Double) -> Spread { Spread(step.indices.map(value)) }
  }

  private static let recorded = 128
  static let stepLimit = 150.0
  static let hashLimit = 5.0

  static func run(_ subjects: [Subject], _ effort: Effort) {
    var times = subjects.map { _ in Times() }
    for round in -1..<effort.rounds {
      for (index, subject) in subjects.enumerated() {
        let (inputs, effects) = record(&subject.driver, subject.hits)
        let hitsBefore = subject.driver.node.counters.memoryHits
        let step = measure(effort.hits) { hits(&subject.driver, subject.hits, effort.hits) }
        let hash = measure(effort.hits) { hashes(inputs, effects, effort.hits) }
        let twice = measure(effort.hits) {
          hitsHashedTwice(&subject.driver, subject.hits, effort.hits)
        }
        let find = measure(effort.hits) { finds(subject.driver.node, subject.hits, effort.hits) }
        precondition(
          subject.driver.node.counters.memoryHits - hitsBefore == UInt64(2 * effort.hits),
          "every read of the race hits memory")
        // The first round warms up.
        if round < 0 { continue }
        times[index].step.append(step)
        times[index].hash.append(hash)
        times[index].twice.append(twice)
        times[index].find.append(find)
      }
    }
    report(subjects, times)
  }

  private static func report(_ subjects: [Subject], _ times: [Times]) {
    say("\nMemory hit: `step(.read)`, \(Subject.blocks) resident blocks of 4 MiB, Zipf 1.0.")
    say("bare find: `BlockTable.find` of the same keys in the same table, the named limit.")
    say("\n| policy | step, ns | limit \(short(stepLimit)) | bare find, ns | step / find |")
    say("| --- | ---: | --- | ---: | ---: |")
    for (subject, time) in zip(subjects, times) {
      let step = Spread(time.step)
      let ratio = time.spread { time.step[$0] / time.find[$0] }
      say(
        "| \(subject.kind.name) | \(step) | \(verdict(step.median, atMost: stepLimit)) "
          + "| \(Spread(time.find)) | \(ratio) |")
    }
    say("\nDecision hash of the same inputs and replies, always on inside the steps above.")
    say("alone: only the hash, its chain of values unhidden; added: what a second hash adds to")
    say("a step, which the processor overlaps with the rest.")
    say("\n| policy | alone, ns | % of a step | limit 5 % | added, ns | % of a step |")
    say("| --- | ---: | ---: | --- | ---: | ---: |")
    for (subject, time) in zip(subjects, times) {
      let share = time.spread { 100 * time.hash[$0] / time.step[$0] }
      let added = time.spread { time.twice[$0] - time.step[$0] }
      let addedShare = time.spread { 100 * (time.twice[$0] / time.step[$0] - 1) }
      say(
        "| \(subject.kind.name) | \(Spread(time.hash)) | \(share) "
          + "| \(verdict(share.median, atMost: hashLimit)) | \(added) | \(addedShare) |")
    }
  }

  // MARK: The loops

  @inline(never)
  static func hits(_ driver: inout Driver, _ keys: [BlockKey], _ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    for index in 0..<count {
      let input = driver.read(keys[index & (keys.count - 1)], index)
      driver.node.step(input, at: driver.now, into: &driver.effects)
      sum &+= UInt64(driver.effects.count)
      driver.effects.removeAll()
      driver.now = driver.now + 1_000
    }
    precondition(sum == UInt64(count), "a hit has one effect: its reply")
    return sum
  }

  @inline(never)
  private static func hitsHashedTwice(
    _ driver: inout Driver, _ keys: [BlockKey], _ count: Int
  ) -> UInt64 {
    var hash = DecisionHash()
    for index in 0..<count {
      let input = driver.read(keys[index & (keys.count - 1)], index)
      driver.node.step(input, at: driver.now, into: &driver.effects)
      hash.absorb(input, at: driver.now)
      hash.absorb(driver.effects[0])
      driver.effects.removeAll()
      driver.now = driver.now + 1_000
    }
    return hash.value
  }

  /// The records come from memory, as in a step: which cases they are is learnt at run time.
  @inline(never)
  private static func hashes(_ inputs: [Input], _ effects: [Effect], _ count: Int) -> UInt64 {
    var hash = DecisionHash()
    var now = Instant.zero
    for index in 0..<count {
      hash.absorb(inputs[index & (recorded - 1)], at: now)
      hash.absorb(effects[index & (recorded - 1)])
      now = now + 1_000
    }
    return hash.value
  }

  /// The inputs and effects of some hits, few enough to stay in the processor's first cache.
  private static func record(
    _ driver: inout Driver, _ keys: [BlockKey]
  ) -> (inputs: [Input], effects: [Effect]) {
    var inputs: [Input] = []
    var effects: [Effect] = []
    for index in 0..<recorded {
      let input = driver.read(keys[index], index)
      driver.node.step(input, at: driver.now, into: &driver.effects)
      inputs.append(input)
      effects.append(driver.effects[0])
      driver.effects.removeAll()
    }
    return (inputs, effects)
  }

  @inline(never)
  private static func finds(
    _ node: borrowing CacheNode, _ keys: [BlockKey], _ count: Int
  ) -> UInt64 {
    var sum: UInt64 = 0
    for index in 0..<count {
      sum &+= UInt64(node.memory.table.find(keys[index & (keys.count - 1)]))
    }
    return sum
  }
}
