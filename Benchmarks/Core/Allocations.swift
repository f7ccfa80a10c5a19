import CJemalloc
import TarnCore

/// Bytes that the thread allocates while a core in steady state works: there should be none.
enum Allocations {
  static func run(_ policies: [EvictionKind], _ effort: Effort) {
    say("\nBytes allocated (jemalloc \(String(cString: tarn_jemalloc_version())),")
    say("`thread.allocated`) in steady state; expected: 0.")
    say("\n| policy | \(effort.countedHits) hits | \(effort.countedMisses) misses, evicting |")
    say("| --- | ---: | ---: |")
    for kind in policies {
      let subject = Subject(kind)
      // The first misses of a new kind of load may still grow ghosts.
      blackHole(MissRace.misses(&subject.driver, &subject.nextFresh, count: 20_000, depth: 64))
      let start = tarn_jemalloc_thread_allocated_bytes()
      blackHole(
        MissRace.misses(
          &subject.driver, &subject.nextFresh, count: effort.countedMisses, depth: 64))
      let middle = tarn_jemalloc_thread_allocated_bytes()
      let resident = Subject.residentReads(subject.driver.node)
      let hitsStart = tarn_jemalloc_thread_allocated_bytes()
      blackHole(HitRace.hits(&subject.driver, resident, effort.countedHits))
      let end = tarn_jemalloc_thread_allocated_bytes()
      say("| \(kind.name) | \(end - hitsStart) | \(middle - start) |")
    }
  }
}
