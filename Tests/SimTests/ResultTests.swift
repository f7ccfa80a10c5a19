import TarnSim
import Testing

@Test func `a fresh result is complete`() {
  #expect(SimulationResult().complete)
}
