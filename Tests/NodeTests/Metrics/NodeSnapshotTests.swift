import Testing

@testable import TarnCore
@testable import TarnNode

@Suite struct NodeSnapshotTests {
  private let text = TextExposition.text(of: NodeSnapshot.full.families)

  @Test func everyPartIsOnThePage() {
    let lines = [
      "tarn_build_info{version=\"\(tarnVersion)\",flash_engine=\"uring\"} 1",
      "tarn_ready 1",
      "tarn_tier_bytes{tier=\"memory\"} 1000",
      "tarn_tier_capacity_bytes{tier=\"flash\"} 20000",
      "tarn_block_reads_total{source=\"memory\"} 70",
      "tarn_block_reads_total{source=\"origin\"} 1",
      "tarn_block_reads_total{source=\"none\"} 1",
      "tarn_block_reads_deferred_total 6",
      "tarn_evictions_total{tier=\"memory\"} 5",
      "tarn_block_read_seconds_bucket{source=\"origin\",le=\"0.025\"} 0",
      "tarn_block_read_seconds_bucket{source=\"origin\",le=\"0.05\"} 1",
      "tarn_block_read_seconds_sum{source=\"origin\"} 0.03",
      "tarn_block_read_seconds_count{source=\"memory\"} 70",
      "tarn_tenant_block_reads_total{tenant=\"a \\\"b\\\"\\\\\\n\",source=\"peer\"} 3",
      "tarn_origin_questions_total{origin=\"s3\"} 5",
      "tarn_origin_questions_deferred_total{origin=\"s3\"} 3",
      "tarn_origin_questions_refused_total{origin=\"s3\"} 1",
      "tarn_origin_throttled_total{origin=\"s3\"} 2",
      "tarn_origin_up{origin=\"s3\"} 1",
      "tarn_flash_operations_total{kind=\"read\"} 9",
      "tarn_flash_healthy 0",
      "tarn_cell_members{cell=\"east\"} 4",
      "tarn_cell_view_age_seconds{cell=\"east\"} 12.5",
      "tarn_peer_drops_total{reason=\"queue-full\"} 8",
      "tarn_http_requests_total{operation=\"get-object\",status=\"5xx\"} 1",
      "tarn_http_refused_total{reason=\"too-many-connections\"} 4",
      "tarn_payload_resident_bytes 65536",
      "tarn_allocated_bytes 123456",
      "tarn_recording_drops_total 2",
    ]
    let page = Set(text.split(separator: "\n").map(String.init))
    for line in lines { #expect(page.contains(line), "\(line)") }
    // An origin that was not asked is neither up nor down.
    #expect(!text.contains("tarn_origin_up{origin=\"unasked\"}"))
  }

  @Test func partsThatANodeLacksAreLeftOut() {
    let text = TextExposition.text(of: NodeSnapshot().families)
    for part in ["tarn_flash_operations", "tarn_cell", "tarn_peer", "tarn_recording", "process_"] {
      #expect(!text.contains("\n\(part)"), "\(part)")
    }
  }

  @Test func figuresOfShardsAddUp() {
    let full = NodeSnapshot.full.reads
    var sum = ShardFigures()
    sum += full
    sum += full
    #expect(sum.latencies == full.latencies.map { 2 * $0 })
    #expect(sum.latencySums == full.latencySums.map { 2 * $0 })
  }

  @Test func promtoolFindsNothingToSayAboutThePage() async throws {
    guard Promtool.isHere else { return }
    let registry = MetricsRegistry()
    registry.collect("node") { NodeSnapshot.full.families }
    let (status, says) = try Promtool.run(
      ["check", "metrics"], input: await registry.exposition())
    #expect(status == 0 && says == "", "\(says)")
  }

  @Test func promtoolWouldHaveFoundSomething() throws {
    guard Promtool.isHere else { return }
    let wrong = TextExposition.text(of: [.counter("requests", "No _total.", 1)])
    #expect(try Promtool.run(["check", "metrics"], input: wrong).status != 0)
  }
}

@Suite struct ProcessFiguresTests {
  @Test func theKernelsLineIsReadAfterTheLastParenthesis() throws {
    let line =
      "4242 (tarn) no (de) S 1 4242 4242 0 -1 4194304 500 0 0 0 250 50 0 0 20 0 9 0 1200 "
      + "1048576000 2560 18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0\n"
    let figures = try #require(
      ProcessFigures(
        processLine: line, systemText: "cpu 1 2\nbtime 1700000000\nprocesses 5\n",
        ticksPerSecond: 100, pageBytes: 4_096, openDescriptors: 12, mostDescriptors: 1_024))
    #expect(figures.cpuSeconds == 3)
    #expect(figures.threads == 9)
    #expect(figures.virtualBytes == 1_048_576_000)
    #expect(figures.residentBytes == 10_485_760)
    #expect(figures.startSeconds == 1_700_000_012)
    #expect(figures.openDescriptors == 12 && figures.mostDescriptors == 1_024)
  }

  @Test func nonsenseGivesNoFigures() {
    for line in ["", "1 (a)", "1 (a) S 1 2", "no parenthesis 1 2 3"] {
      let figures = ProcessFigures(
        processLine: line, systemText: "btime 1\n", ticksPerSecond: 100, pageBytes: 1,
        openDescriptors: 0, mostDescriptors: 0)
      #expect(figures == nil)
    }
  }

  @Test func thisProcessIsThere() throws {
    let figures = try #require(ProcessFigures.read())
    #expect(figures.residentBytes > 1 << 20 && figures.virtualBytes >= figures.residentBytes)
    #expect(figures.threads >= 1 && figures.openDescriptors >= 3)
    #expect(figures.mostDescriptors >= figures.openDescriptors)
    #expect(figures.startSeconds > 1.6e9)
  }
}
