@testable import TarnSim
import Testing

@Suite struct RecencyStackTests {
  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `the stack does what a list does`(seed: UInt64) {
    var numbers = TestNumbers(seed)
    var stack = RecencyStack(of: 3)
    // Most recent first; marked objects.
    var list = [2, 1, 0]
    var marked: Set<Int> = []
    for _ in 0..<3000 {
      switch numbers.below(8) {
      case 0:
        #expect(stack.push() == list.count)
        list.insert(list.count, at: 0)
      case 1:
        let object = Int(numbers.below(UInt64(list.count)))
        stack.mark(object, !marked.contains(object))
        marked.formSymmetricDifference([object])
      case 2:
        let low = Int(numbers.below(UInt64(list.count)))
        let high = low + 1 + Int(numbers.below(UInt64(list.count - low)))
        let ranks = stack.markedRanks(in: low..<high)
        var found: [UInt32] = []
        stack.appendMarked(ranks, to: &found)
        #expect(found.map(Int.init) == list[low..<high].reversed().filter { marked.contains($0) })
      default:
        let place = Int(numbers.below(UInt64(list.count)))
        #expect(stack.object(at: place) == list[place])
        #expect(stack.place(of: list[place]) == place)
        let object = list.remove(at: place)
        list.insert(object, at: 0)
        #expect(stack.touch(at: place) == object)
      }
      #expect(stack.count == list.count && stack.markedCount == marked.count)
    }
  }

  @Test func `buckets cover all values, in order`() {
    var next = 0
    for index in 0..<480 {
      let values = LogBuckets.values(of: index)
      #expect(values.lowerBound == next)
      #expect(LogBuckets.index(of: values.lowerBound) == index)
      #expect(LogBuckets.index(of: values.upperBound - 1) == index)
      next = values.upperBound
    }
    #expect(next == 1 << 33)
    let card = ReuseCard(place: 1 << 32 - 1, kind: 31)
    #expect(card != .newObject && card.kind == 31 && card.places.contains(1 << 32 - 1))
  }
}
