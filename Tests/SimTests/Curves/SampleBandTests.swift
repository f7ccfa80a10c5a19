import Testing

@testable import TarnSim

@Suite struct SampleBandTests {
  @Test func `Student's factors are those of the tables`() {
    #expect(StudentT.factor95(degreesOfFreedom: 1) == 12.706)
    #expect(StudentT.factor95(degreesOfFreedom: 4) == 2.776)
    #expect(abs(StudentT.factor95(degreesOfFreedom: 40) - 2.0211) < 1e-4)
    #expect(abs(StudentT.factor95(degreesOfFreedom: 99) - 1.9842) < 1e-4)
  }

  @Test func `without a second scale only chance counts`() {
    // Standard deviation 0.02, of the mean of five 0.00894, times 2.776.
    let band = SampleBand([0.48, 0.48, 0.5, 0.52, 0.52], halfScale: [])
    #expect(abs(band.mean - 0.5) < 1e-12)
    #expect(abs(band.halfWidth - 0.02483) < 1e-5)
  }

  @Test func `what halving the scale changes widens the band, unless it is chance`() {
    let sure = SampleBand([0.5, 0.5], halfScale: [0.51, 0.51])
    #expect(abs(sure.halfWidth - 0.03) < 1e-12)
    let values = [0.48, 0.48, 0.5, 0.52, 0.52]
    let alike = SampleBand(values, halfScale: values.map { $0 + 0.005 })
    #expect(alike.halfWidth == SampleBand(values, halfScale: []).halfWidth)
  }
}
