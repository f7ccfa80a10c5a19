import Testing

@testable import TarnNode

@Suite struct TextExpositionTests {
  @Test func familiesComeInOrderOfNamesWithHelpAndType() {
    let families: [MetricFamily] = [
      .counter("b_total", "Bees.", by: "kind", [("worker", 7), ("queen", 1)]),
      .gauge("a", "An a.", .number(0.25)),
    ]
    #expect(
      TextExposition.text(of: families) == """
        # HELP a An a.
        # TYPE a gauge
        a 0.25
        # HELP b_total Bees.
        # TYPE b_total counter
        b_total{kind="worker"} 7
        b_total{kind="queen"} 1

        """)
  }

  @Test func bucketsAreCumulativeOnThePage() {
    var family = MetricFamily("wait_seconds", "Waits.", .histogram)
    family.add(
      .histogram(MetricHistogram(bounds: [0.5, 1], counts: [3, 0, 2], sum: 7.5)),
      [MetricFamily.Label("at", "door")])
    #expect(
      TextExposition.text(of: [family]) == """
        # HELP wait_seconds Waits.
        # TYPE wait_seconds histogram
        wait_seconds_bucket{at="door",le="0.5"} 3
        wait_seconds_bucket{at="door",le="1"} 3
        wait_seconds_bucket{at="door",le="+Inf"} 5
        wait_seconds_sum{at="door"} 7.5
        wait_seconds_count{at="door"} 5

        """)
  }

  @Test func helpAndLabelsAreEscaped() {
    let family = MetricFamily.gauge(
      "a", "Two\nlines, a \\ and a \".", [([MetricFamily.Label("l", "x\\y\"z\n")], .count(1))])
    #expect(
      TextExposition.text(of: [family]) == """
        # HELP a Two\\nlines, a \\\\ and a ".
        # TYPE a gauge
        a{l="x\\\\y\\"z\\n"} 1

        """)
  }

  @Test func oddNumbersAreWrittenAsPrometheusReadsThem() {
    let numbers = [1e300, .infinity, -.infinity, .nan, 5, -0.000_05, 1e16]
    #expect(
      numbers.map(TextExposition.figure) == [
        "1e+300", "+Inf", "-Inf", "NaN", "5", "-5e-05", "1e+16",
      ])
  }

  @Test func ofTwoThatDisagreeTheFirstStays() {
    let families: [MetricFamily] = [
      .gauge("a", "First.", by: "l", [("x", 1)]), .counter("a", "Other kind.", 9),
      .gauge("a", "Second.", by: "l", [("x", 2), ("y", 3)]),
    ]
    #expect(
      TextExposition.text(of: families)
        == "# HELP a First.\n# TYPE a gauge\na{l=\"x\"} 1\na{l=\"y\"} 3\n")
  }

  @Test func aFamilyWithoutSamplesIsLeftOut() {
    #expect(TextExposition.text(of: [.counter("a_total", "None.", by: "l", [])]) == "")
  }
}
