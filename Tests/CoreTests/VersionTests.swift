import TarnCore
import Testing

@Test func `the version is semantic`() {
  #expect(tarnVersion.split(separator: ".").count == 3)
}
