import TarnCore
import Testing

@testable import TarnSim

private func readers(
  _ consistency: Consistency, nodes: UInt32 = 1, opens: Double = 10, overwrites: Double = 0
) -> ObjectsConfiguration {
  var configuration = ObjectsConfiguration(
    name: "c", number: 2, seed: 9, tenant: TenantID(0), salt: TenantSalt(key0: 1, key1: 2),
    cells: [.init(nodes: NodeRange(first: 4, count: nodes), region: 0)], home: 0,
    regionNames: ["here"], consistency: consistency)
  configuration.objects = 1
  configuration.objectBytes = 3 * 4096
  configuration.blockBytes = 4096
  configuration.opensPerSecond = opens
  configuration.overwritesPerSecond = overwrites
  return configuration
}

@Suite struct `Objects workload` {
  @Test
  func
    `an object is read in order, so many blocks at a time, and what never changes is asked about once`()
  {
    var world = FakeWorld(ObjectsWorkload(readers(.immutable)))
    world.answer = { _, _, _ in .init(delay: 1000) }
    let figures = world.run(until: 2 * second)
    #expect(world.questions.count == 1)
    #expect(figures.completed > 5)
    #expect(world.reads.count == 3 * Int(figures.completed))
    #expect(world.mostOutstanding <= 2 * 2)
    #expect(Set(world.reads.map(\.key)).count == 3)
    #expect(figures.contract?.book.opens[0].served == figures.completed)
  }

  @Test func `a validated container is asked about at every open`() {
    var world = FakeWorld(ObjectsWorkload(readers(.validate, overwrites: 3)))
    world.storeDelay = millisecond
    let figures = world.run(until: 10 * second)
    let opens = figures.contract?.book.opens[0].served ?? 0
    #expect(opens > 50)
    #expect(UInt64(world.questions.count) == opens)
    #expect(figures.contract?.book.opens[0].stalest == 0)
  }

  @Test func `what is known for a time is asked about when its half is over`() {
    let configuration = readers(.ttl(2 * second), nodes: 1, opens: 100, overwrites: 10)
    var world = FakeWorld(ObjectsWorkload(configuration))
    let figures = world.run(until: 20 * second)
    #expect((18...21).contains(world.questions.count))
    let stalest = figures.contract?.book.opens[0].stalest ?? 0
    #expect(stalest > second / 2 && stalest <= 2 * second)
    #expect(figures.contract?.book.openViolations.stale == 0)
  }

  @Test func `a silent home costs three waits, then one question a second`() {
    let configuration = readers(.validate, opens: 50)
    var world = FakeWorld(ObjectsWorkload(configuration))
    world.storeDelay = nil
    let figures = world.run(until: 10 * second)
    // Questions go out one after the other, since a later open may not use an earlier answer.
    #expect((8...13).contains(world.questions.count))
    #expect(figures.contract?.book.opens[0].served == 0)
    #expect(figures.contract?.book.opens[0].failed ?? 0 > 400)
    #expect(figures.contract?.book.openViolations == ContractBook.Violations())
  }

  @Test func `a version that was replaced is opened again, from the home itself`() {
    let configuration = readers(.ttl(100 * second), opens: 5)
    var world = FakeWorld(ObjectsWorkload(configuration))
    var refusals = 0
    world.answer = { _, _, now in
      guard now > second, refusals < 1 else { return .init(delay: 10) }
      refusals += 1
      return .init(delay: 10, source: .none, failure: .notFound)
    }
    let figures = world.run(until: 3 * second)
    #expect(refusals == 1)
    #expect(figures.contract?.book.reads[0].changed == 1)
    #expect(world.questions.count == 2)
    #expect(figures.contract?.book.reads[0].failed == 0)
  }

  @Test func `a lost node's readers stay away until it returns and know nothing then`() {
    var world = FakeWorld(ObjectsWorkload(readers(.immutable, opens: 20)))
    world.lose(4, at: second)
    world.restore(4, at: 2 * second)
    _ = world.run(until: 3 * second)
    #expect(world.questions.count == 2)
    #expect(!world.reads.contains { (second...2 * second).contains($0.at) })
  }

  @Test func `an end after the deadline is a violation that the books show`() {
    var configuration = readers(.immutable)
    configuration.readDeadline = 10 * millisecond
    var world = FakeWorld(ObjectsWorkload(configuration))
    world.answer = { _, _, _ in .init(delay: 20 * millisecond) }
    let figures = world.run(until: second)
    #expect(figures.contract?.book.readViolations.late ?? 0 > 5)
  }
}
