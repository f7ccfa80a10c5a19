import TarnSettings

/// Something of a scenario that a plan makes as small as the objectives allow, and the sizes that it may
/// take.
public struct PlanDimension: Sendable, Equatable {
  /// What can be varied; the raw value is its name on the command line.
  public enum Kind: String, CaseIterable, Sendable {
    /// Memory of a node's cache, bytes.
    case memory = "cache.memory"
    /// Flash of a node's cache, bytes.
    case flash = "cache.flash"
    /// Storage accounts of the origin.
    case accounts = "origin.accounts"
  }

  public var kind: Kind
  /// The sizes, ascending: steps of a fourth root of two (19 %), each account by itself up to 64.
  public var values: [UInt64]
  /// What the scenario says.
  public var present: UInt64

  init(_ kind: Kind, values: [UInt64], present: UInt64) {
    (self.kind, self.values, self.present) = (kind, values, present)
  }

  /// The sizes of a kind in a scenario, within a range of them where one is given.
  ///
  /// Memory goes from a 64th of the scenario's to eight times as much, but holds four of the largest
  /// blocks; flash from none to all of the drives; accounts from 1 to four times the scenario's.
  init(_ kind: Kind, of scenario: Scenario, within range: ClosedRange<UInt64>?)
    throws(SettingsError)
  {
    let present = kind.value(in: scenario)
    guard present > 0 else {
      throw SettingsError([
        SettingsError.Issue(
          file: nil, path: "--vary \(kind.rawValue)",
          message: "the scenario's is nothing, so there is nothing to scale; set it first")
      ])
    }
    let bounds = kind.bounds(in: scenario)
    let least = max(bounds.least, range?.lowerBound ?? bounds.usual.lowerBound)
    let most = min(bounds.most, range?.upperBound ?? bounds.usual.upperBound)
    guard least <= most else {
      throw SettingsError([
        SettingsError.Issue(
          file: nil, path: "--vary \(kind.rawValue)",
          message: "the range holds nothing from \(kind.text(bounds.least)) to "
            + "\(kind.text(bounds.most)), what the scenario can run with")
      ])
    }
    var values = PlanDimension.ladder(
      from: least, to: most, unit: kind.unit(in: scenario), eachUpTo: kind == .accounts ? 64 : 0)
    let mayBeNone = kind == .flash && (range?.lowerBound ?? 0) == 0
    if mayBeNone { values.insert(0, at: 0) }
    self.init(kind, values: values, present: present)
  }

  /// `most` and what lies below it by steps of 2^(1/4), in whole units; single numbers up to a number.
  static func ladder(from least: UInt64, to most: UInt64, unit: UInt64, eachUpTo: UInt64)
    -> [UInt64]
  {
    var values: [UInt64] = []
    var value = Double(most)
    while UInt64(value) > max(least, eachUpTo) {
      values.append(max(least, UInt64(value) / unit * unit))
      value /= 1.189_207_115_002_721
    }
    if least <= eachUpTo {
      values += stride(from: min(most, eachUpTo), through: max(1, least), by: -1)
    } else {
      values.append(least)
    }
    var ascending: [UInt64] = []
    for value in values.reversed() where ascending.last.map({ $0 < value }) ?? true {
      ascending.append(value)
    }
    return ascending
  }
}

extension PlanDimension.Kind {
  /// What a scenario says: of the first pool that has the resource.
  func value(in scenario: Scenario) -> UInt64 {
    switch self {
    case .memory: scenario.cacheSizes.map(\.memory).first ?? 0
    case .flash: scenario.cacheSizes.map(\.flash).first ?? 0
    case .accounts: UInt64(scenario.origin.accounts)
    }
  }

  /// Multiples of this are tried.
  fileprivate func unit(in scenario: Scenario) -> UInt64 {
    switch self {
    case .memory: 1 << 20
    case .flash: UInt64(scenario.cache.flashSegmentBytes)
    case .accounts: 1
    }
  }

  /// What a scenario can run with at all, and what is tried where nothing is asked for.
  fileprivate func bounds(
    in scenario: Scenario
  ) -> (least: UInt64, most: UInt64, usual: ClosedRange<UInt64>) {
    let present = value(in: scenario)
    switch self {
    case .memory:
      let block = scenario.workloads.map { UInt64($0.blockBytes) }.max() ?? 1
      // Pools keep their ratio, so the smallest of them sets the bound of the first.
      let smallest = scenario.cacheSizes.map(\.memory).min() ?? present
      let scale = Double(present) / Double(max(1, smallest))
      let least = UInt64((Double(max(1 << 20, 4 * block)) * scale).rounded(.up))
      return (least, 1 << 50, max(least, present / 64)...max(least, 8 * present))
    case .flash:
      let room =
        scenario.cacheSizes.filter { $0.flash > 0 }
        .map { Double($0.drives) / Double($0.flash) }.min() ?? 1
      let fewest = scenario.cacheSizes.map(\.flash).filter { $0 > 0 }.min() ?? present
      let scale = Double(present) / Double(max(1, fewest))
      let least = UInt64((4 * Double(scenario.cache.flashSegmentBytes) * scale).rounded(.up))
      let most = UInt64(Double(present) * room)
      return (min(least, most), most, min(least, most)...most)
    case .accounts:
      return (1, 10_000, 1...max(4, 4 * present))
    }
  }

  /// A value as a scenario writes it.
  public func setting(_ value: UInt64) -> String { self == .accounts ? "\(value)" : "\(value)B" }

  /// A value as people read it.
  public func text(_ value: UInt64) -> String {
    switch self {
    case .accounts: return "\(value) account\(value == 1 ? "" : "s")"
    case .memory, .flash:
      let binary: [(UInt64, String)] = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB")]
      let decimal: [(UInt64, String)] = [
        (1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"),
      ]
      guard value > 0 else { return "none" }
      let units = self == .memory ? binary : decimal
      guard let unit = units.first(where: { value >= $0.0 }) else { return "\(value) B" }
      return Figures.significant(Double(value) / Double(unit.0), digits: 3) + " \(unit.1)"
    }
  }
}

extension Scenario {
  /// What the cache of each pool's nodes has, in the order of the pools.
  var cacheSizes: [(memory: UInt64, flash: UInt64, drives: UInt64)] {
    topology.pools.map { pool in
      let settings = pool.cache ?? cache
      let drives = topology.nodeClass(of: pool).flashBytes
      return (settings.memoryBytes, settings.flashCapacity.bytes(of: drives), drives)
    }
  }

  /// The scenario with other sizes. Pools keep the ratios of their memory and flash to each other.
  func sized(_ sizes: [(kind: PlanDimension.Kind, value: UInt64)]) -> Scenario {
    var sized = self
    for (kind, value) in sizes {
      let factor = Double(value) / Double(max(1, kind.value(in: self)))
      switch kind {
      case .accounts: sized.origin.accounts = Int(value)
      case .memory:
        for index in topology.pools.indices {
          var settings = sized.topology.pools[index].cache ?? sized.cache
          settings.memoryBytes = max(1 << 20, UInt64(Double(cacheSizes[index].memory) * factor))
          sized.topology.pools[index].cache = settings
        }
      case .flash:
        for index in topology.pools.indices {
          var settings = sized.topology.pools[index].cache ?? sized.cache
          let (_, flash, drives) = cacheSizes[index]
          settings.flashCapacity = .bytes(min(drives, UInt64(Double(flash) * factor)))
          sized.topology.pools[index].cache = settings
        }
      }
    }
    return sized
  }
}
