import TarnCore
import TarnNode
import Testing

@Test func theNodesVersionIsTheCores() {
  #expect(TarnNodeVersion.string == tarnVersion)
}
