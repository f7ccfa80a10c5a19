public import TarnCore
import TarnSettings

/// A number that an eviction policy can be tuned by.
public struct PolicyParameter: Sendable {
  /// As it is written on command lines and in scenarios.
  public let name: String
  /// Whether it is a share of the capacity, written as a fraction, or a plain whole number.
  public let isShare: Bool
  /// The smallest and the largest value: thousandths for a share.
  public let bounds: ClosedRange<UInt16>
  private let path: Field

  typealias Field = any WritableKeyPath<EvictionConfiguration, UInt16> & Sendable

  init(
    _ name: String, share path: Field,
    _ bounds: ClosedRange<UInt16>
  ) {
    (self.name, isShare, self.bounds, self.path) = (name, true, bounds, path)
  }

  init(
    _ name: String, whole path: Field,
    _ bounds: ClosedRange<UInt16>
  ) {
    (self.name, isShare, self.bounds, self.path) = (name, false, bounds, path)
  }

  /// The value in a configuration.
  public func read(_ configuration: EvictionConfiguration) -> UInt16 {
    configuration[keyPath: path]
  }

  /// Sets the value, which must be within `bounds`.
  public func write(_ value: UInt16, into configuration: inout EvictionConfiguration) {
    precondition(bounds.contains(value), "a parameter stays within its bounds")
    configuration[keyPath: path] = value
  }

  /// The value as it is written.
  public func text(_ configuration: EvictionConfiguration) -> String { text(read(configuration)) }

  /// `value` as it is written: thousandths as a fraction without needless zeros.
  public func text(_ value: UInt16) -> String {
    guard isShare else { return String(value) }
    let digits = String(1_000 + value % 1_000).dropFirst()
    let fraction = String(digits.reversed().drop { $0 == "0" }.reversed())
    return fraction.isEmpty ? String(value / 1_000) : "\(value / 1_000).\(fraction)"
  }
}

extension EvictionKind {
  /// What the policy can be tuned by.
  public var parameters: [PolicyParameter] {
    switch self {
    case .s3fifo:
      [
        PolicyParameter("small", share: \.smallPermille, 1...999),
        PolicyParameter("ghost", share: \.ghostPermille, 0...10_000),
        PolicyParameter("threshold", whole: \.moveToMainHits, 1...3),
      ]
    case .twoQ:
      [
        PolicyParameter("in", share: \.smallPermille, 1...999),
        PolicyParameter("out", share: \.ghostPermille, 0...10_000),
      ]
    case .wtinylfu: [PolicyParameter("window", share: \.windowPermille, 1...999)]
    case .lirs: [PolicyParameter("hir", share: \.smallPermille, 1...999)]
    case .lru, .fifo, .clock, .sieve, .arc, .lfu, .gdsf, .lhd, .auto: []
    }
  }
}

extension EvictionConfiguration {
  /// `moveToMainThreshold`, as wide as the other parameters.
  fileprivate var moveToMainHits: UInt16 {
    get { UInt16(moveToMainThreshold) }
    set { moveToMainThreshold = UInt8(clamping: newValue) }
  }

  /// Reads `name=value,...` over what is there; `text` is the whole for errors.
  mutating func read(_ parameters: String, in text: String) throws(ReplayError) {
    for part in parameters.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2 else {
        throw ReplayError("policy \(quoted(text)): write parameters as name=value, after a colon")
      }
      let known = kind.parameters
      guard let parameter = known.first(where: { $0.name == sides[0] }) else {
        let cure =
          known.isEmpty
          ? "it has no parameters" : suggestion(for: String(sides[0]), among: known.map(\.name))
        throw ReplayError(
          "policy \(kind.name) has no parameter \(quoted(String(sides[0]))); \(cure)")
      }
      guard let value = parameter.value(String(sides[1])), parameter.bounds.contains(value) else {
        let bounds = parameter.bounds
        throw ReplayError(
          "policy \(kind.name): \(parameter.name)=\(sides[1]) is not from "
            + "\(parameter.text(bounds.lowerBound)) to \(parameter.text(bounds.upperBound))")
      }
      parameter.write(value, into: &self)
    }
  }
}

extension PolicyParameter {
  fileprivate func value(_ text: String) -> UInt16? {
    guard isShare else { return UInt16(text) }
    let isPercent = text.hasSuffix("%")
    guard let number = Double(isPercent ? String(text.dropLast()) : text), number.isFinite else {
      return nil
    }
    let thousandths = (isPercent ? number * 10 : number * 1_000).rounded()
    return thousandths >= 0 && thousandths <= 65_535 ? UInt16(thousandths) : nil
  }
}
