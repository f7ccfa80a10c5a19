import TarnCore

/// The configurations that a tuning may try, and in which order it draws them.
///
/// A policy's parameters are drawn from a Halton sequence (Halton, "On the efficiency of certain
/// quasi-random sequences of points", Numerische Mathematik 2, 1960): it fills a box more evenly than
/// random points do, and any number of points is a good start. The first candidates are every policy
/// with its paper's parameters.
struct TuneSpace {
  /// Policies to try; a policy with parameters in its name stands for itself alone.
  let policies: [ReplayPolicy]
  let admissions: [AdmissionKind]
  /// KV traces: orders of touch.
  let touches: [PrefixTouch]
  /// Whether scenarios' settings beyond memory's policy vary too.
  let isFleet: Bool
  let seed: UInt64

  /// Filters that a shadow cache can run: `never` is no cache, and without the next victim, which
  /// neither the tiers nor a shadow cache tell their filter, `tinylfu` admits whatever `always` does.
  static let admissions = [AdmissionKind.always, .secondAccess]

  /// At most `count` different candidates, the baselines first, then policies as they are, then draws
  /// in turn from each policy that has something to vary.
  func candidates(_ count: Int, baselines: [TuneCandidate]) -> [TuneCandidate] {
    var list = baselines
    var known = Set(baselines)
    func add(_ candidate: TuneCandidate) {
      if list.count < count, known.insert(candidate).inserted { list.append(candidate) }
    }
    for policy in policies { add(plain(policy)) }
    // A draw may repeat an earlier one; so many in a row that do mean that the space is empty.
    var draw = 0
    var fruitless = 0
    while list.count < count, fruitless < 64 * max(1, policies.count) {
      let before = list.count
      add(drawn(draw, policies[draw % policies.count]))
      fruitless = list.count == before ? fruitless + 1 : 0
      draw += 1
    }
    return list
  }

  private func plain(_ policy: ReplayPolicy) -> TuneCandidate {
    var candidate = TuneCandidate(policy: policy.label)
    candidate.touch = touches.first?.rawValue
    if isFleet { candidate.fleet = TuneCandidate.Fleet() }
    return candidate
  }

  private func drawn(_ index: Int, _ policy: ReplayPolicy) -> TuneCandidate {
    var point = HaltonPoint(index: index / policies.count + 1, shift: TraceRandom.mix(seed))
    var candidate = plain(policy)
    if case .core(var configuration) = policy.kind, policy.label == policy.name {
      for parameter in configuration.kind.parameters {
        parameter.write(parameter.value(at: point.next()), into: &configuration)
      }
      candidate.policy = ReplayPolicy(configuration).label
    }
    candidate.admission = admissions[point.choice(admissions.count)].name
    if !touches.isEmpty { candidate.touch = touches[point.choice(touches.count)].rawValue }
    if isFleet { candidate.fleet = fleet(&point) }
    return candidate
  }

  /// Each setting is as the scenario has it in half of the draws, or the mean draw would differ in all.
  private func fleet(_ point: inout HaltonPoint) -> TuneCandidate.Fleet {
    var fleet = TuneCandidate.Fleet()
    func pick<Value>(_ values: [Value]) -> Value? {
      let choice = point.choice(values.count * 2)
      return choice < values.count ? values[choice] : nil
    }
    fleet.memoryQuarters = pick([1, 2, 8])
    fleet.flashPolicy = pick(policies.map(\.name))
    fleet.flashAdmission = pick(Self.admissions.map(\.name))
    fleet.owners = pick([1, 2, 3, 4])
    fleet.fanOut = pick([1, 2, 4, 8, 16])
    return fleet
  }

  /// Candidates that differ from `center` in one thing: what a sensitivity is measured with.
  func neighbours(of center: TuneCandidate) throws(ReplayError) -> [(what: String, TuneCandidate)] {
    var list: [(what: String, TuneCandidate)] = []
    let configuration = try center.eviction()
    for parameter in configuration.kind.parameters {
      var values: [UInt16] = []
      for step in 0..<7 {
        let value = parameter.value(at: (Double(step) + 0.5) / 7)
        if !values.contains(value), value != parameter.read(configuration) { values.append(value) }
      }
      for value in values {
        var changed = configuration
        parameter.write(value, into: &changed)
        var candidate = center
        candidate.policy = ReplayPolicy(changed).label
        list.append((parameter.name, candidate))
      }
    }
    for admission in admissions where admission.name != center.admission {
      var candidate = center
      candidate.admission = admission.name
      list.append(("admission", candidate))
    }
    for touch in touches where touch.rawValue != center.touch {
      var candidate = center
      candidate.touch = touch.rawValue
      list.append(("touch", candidate))
    }
    return list
  }
}

/// A point of the Halton sequence, coordinate by coordinate, shifted around the unit circle by the
/// seed (Cranley and Patterson, 1976), so that another seed draws another set.
struct HaltonPoint {
  private static let bases = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37]
  private let index: Int
  private var shift: UInt64
  private var dimension = 0

  init(index: Int, shift: UInt64) {
    self.index = index
    self.shift = shift
  }

  /// The next coordinate, in 0 ..< 1.
  mutating func next() -> Double {
    let base = Self.bases[dimension % Self.bases.count]
    dimension += 1
    var (rest, digit, fraction) = (index, 1.0, 0.0)
    while rest > 0 {
      digit /= Double(base)
      fraction += digit * Double(rest % base)
      rest /= base
    }
    shift = TraceRandom.mix(shift)
    let moved = fraction + Double(shift >> 11) * 0x1p-53
    return moved < 1 ? moved : moved - 1
  }

  /// One of `count` choices.
  mutating func choice(_ count: Int) -> Int { min(count - 1, Int(next() * Double(count))) }
}

extension PolicyParameter {
  /// The value at a fraction of its range: evenly for few whole numbers, and evenly in the logarithm
  /// for shares, whose interesting values are small. Rounded to two digits, so that it can be written.
  func value(at fraction: Double) -> UInt16 {
    let (low, high) = (Double(bounds.lowerBound), Double(bounds.upperBound))
    guard isShare || high - low > 64 else {
      return UInt16(
        low + (fraction * (high - low + 1)).rounded(.down).clamped(to: 0...(high - low)))
    }
    // Below five thousandths a queue is hardly there; scenarios take shares up to the whole capacity.
    let (first, last) = (max(low, min(5, high)), min(high, isShare ? 1_000 : high))
    let span = DeterministicMath.log(last / first)
    let raw = first * DeterministicMath.exp(fraction * span)
    let unit = raw >= 1_000 ? 100.0 : raw >= 100 ? 10.0 : 1.0
    return UInt16(((raw / unit).rounded() * unit).clamped(to: low...high))
  }
}

extension Double {
  fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }
}
