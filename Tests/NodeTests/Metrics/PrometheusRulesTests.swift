import Foundation
import Testing

@testable import TarnNode

@Suite struct PrometheusRulesTests {
  private let file = Promtool.root + "/deploy/prometheus-rules.yaml"

  @Test func promtoolTakesTheRules() throws {
    guard Promtool.isHere else { return }
    let (status, says) = try Promtool.run(["check", "rules", file])
    #expect(status == 0 && says.contains("SUCCESS"), "\(says)")
  }

  @Test func rulesNameOnlyFamiliesThatTheNodeHas() throws {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let registry = Set(NodeSnapshot.full.families.map(\.name) + ["tarn_collectors_late"])
    let names = text.matches(of: /\b(tarn|process)_[a-z0-9_]+/).map { match in
      String(match.output.0).replacing(/_(bucket|sum|count)$/, with: "")
    }
    for name in names where !registry.contains(name) {
      #expect(name == "tarn_hit_ratio", "\(name) is neither a family nor a recording rule")
    }
    #expect(Set(names).count > 15)
  }

  @Test func alertsComeWhenTheyShouldAndNotBefore() throws {
    guard Promtool.isHere else { return }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "tarn-rules-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cases = """
      rule_files: ["\(file)"]
      evaluation_interval: 1m
      tests:
        - interval: 1m
          input_series:
            - {series: 'tarn_origin_requests_total{origin="s3",instance="a"}', values: '0+100x30'}
            - {series: 'tarn_origin_throttled_total{origin="s3",instance="a"}', values: '0+10x30'}
            - {series: 'tarn_origin_requests_total{origin="ok",instance="a"}', values: '0+100x30'}
            - {series: 'tarn_origin_throttled_total{origin="ok",instance="a"}', values: '0+1x30'}
            - {series: 'tarn_cell_members{cell="c",instance="a"}', values: '4x30'}
            - {series: 'tarn_cell_members{cell="c",instance="b"}', values: '3x30'}
          alert_rule_test:
            - {eval_time: 5m, alertname: TarnOriginThrottles, exp_alerts: []}
            - eval_time: 20m
              alertname: TarnOriginThrottles
              exp_alerts:
                - exp_labels: {severity: warning, origin: s3}
                  exp_annotations:
                    summary: s3 throttles 10% of requests
                    description: >-
                      Lower the cells' origin budget, or spread the data over more accounts.
            - eval_time: 20m
              alertname: TarnCellDisagrees
              exp_alerts:
                - exp_labels: {severity: warning, cell: c}
                  exp_annotations:
                    summary: Nodes of c see different members
                    description: >-
                      Blocks are fetched twice as long as it lasts. See discovery on the odd node.
      """
    let path = folder.appendingPathComponent("cases.yaml").path
    try cases.write(toFile: path, atomically: true, encoding: .utf8)
    let (status, says) = try Promtool.run(["test", "rules", path])
    #expect(status == 0, "\(says)")
  }
}
