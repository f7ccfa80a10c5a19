/// What `Calibration.measure` found.
public struct CalibrationReport: Sendable {
  public var settings: Calibration.Settings
  public var machine: MachineDescription
  public var memory: MemoryMeasurement
  public var network: NetworkMeasurement
  public var flash: FlashMeasurement?
  public var origin: OriginMeasurement?

  init(
    settings: Calibration.Settings, machine: MachineDescription, memory: MemoryMeasurement,
    network: NetworkMeasurement
  ) {
    self.settings = settings
    self.machine = machine
    self.memory = memory
    self.network = network
  }

  /// A part of a scenario: `topology` with the network and a node class, and `origin` if it was
  /// measured. Comments say how each figure came about.
  public var yaml: String {
    var text = ScenarioText()
    text.comment(
      """
      Measured by tarn-node \(TarnNodeVersion.string) calibrate at \(machine.time) on
      \(machine.text).
      Figures are medians of \(settings.runs) runs; what stands in parentheses behind them is the
      least and the greatest run. Paste what you need into a scenario; scenarios/SCHEMA.md explains
      the keys.
      """)
    text.key("topology") { text in
      text.key("network") { network.write(to: &$0) }
      text.key("classes") { text in
        text.key(settings.className) { writeClass(to: &$0) }
      }
    }
    if let origin { text.key("origin") { origin.write(to: &$0) } }
    return text.text
  }

  private func writeClass(to text: inout ScenarioText) {
    text.comment("Stated by who ran it, not measured.")
    text.line("gpus", "\(settings.gpus)")
    text.line("nodes_per_rack", "\(settings.nodesPerRack)")
    network.writeInterface(to: &text)
    if let flash {
      text.key("nvme") { flash.write(to: &$0) }
    } else {
      text.comment("nvme was not measured: run it with a folder on the drive, --flash DIR.")
    }
    text.key("memory") { memory.write(to: &$0) }
  }
}

/// YAML in the making.
struct ScenarioText {
  private(set) var text = ""
  private var indent = ""

  mutating func key(_ name: String, _ body: (inout ScenarioText) -> Void) {
    text += "\(indent)\(name):\n"
    indent += "  "
    body(&self)
    indent.removeLast(2)
  }

  mutating func line(_ name: String, _ value: String) { text += "\(indent)\(name): \(value)\n" }

  /// Each line of `words` on a line of its own. Names of files and hosts may hold anything.
  mutating func comment(_ words: String) {
    for line in words.split(separator: "\n") {
      let printable = line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }
      var clean = String.UnicodeScalarView()
      clean.append(contentsOf: printable)
      text += "\(indent)# \(String(clean))\n"
    }
  }
}

extension Measured {
  /// ` (1.1us to 1.3us)`.
  func spread(_ write: (Double) -> String) -> String { "(\(write(least)) to \(write(greatest)))" }
}
