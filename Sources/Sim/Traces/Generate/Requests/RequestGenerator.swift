import TarnCore

/// Makes the requests of a `RequestRecipe`, one after the other.
struct RequestGenerator: ~Copyable {
  private let recipe: RequestRecipe
  /// The objects' sizes; nil for none.
  var sizes: SizeModel? { recipe.sizes }
  private var source: RandomStream
  private var draws: RandomStream
  private let zipf: ZipfDistribution
  private let scramble: IDScramble
  private var stack: RecencyStack
  private let distances: DistanceSampler
  /// The decision between one object of the population, a scan and a single request.
  private let scanStart: Double
  private let single: Double
  private var scanLeft: UInt64 = 0
  private var scanID: UInt64 = 0
  private var freshID: UInt64
  /// Draws from the population so far; its place in a loop or an epoch.
  private var position: UInt64 = 0
  private var epoch: EpochOrder
  private var epochNumber: UInt64 = 0
  private var fallen: UInt64 = 0
  private var driftLeft: UInt64

  /// A generator at the trace's start. The recipe is sound: see `RequestRecipe.fault`.
  init(_ recipe: RequestRecipe) {
    precondition(recipe.fault == nil, "the recipe was checked")
    self.recipe = recipe
    source = RandomStream(seed: recipe.seed, purpose: "requests/source")
    draws = RandomStream(seed: recipe.seed, purpose: "requests/popularity")
    var exponent = 0.0
    if case .zipf(let s) = recipe.pattern { exponent = s }
    zipf = ZipfDistribution(count: recipe.objects, exponent: exponent)
    scramble = IDScramble(count: recipe.objects)
    if case .lruStack(let distances) = recipe.pattern {
      stack = RecencyStack(of: Int(recipe.objects))
      self.distances = DistanceSampler(distances, objects: recipe.objects)
    } else {
      stack = RecencyStack(of: 0)
      distances = DistanceSampler(.pareto(least: 1, alpha: 1), objects: recipe.objects)
    }
    (scanStart, single) = Self.chances(of: recipe)
    freshID = recipe.objects
    driftLeft = recipe.drift ?? .max
    epoch = EpochOrder(seed: 0, count: 1)
    if case .epochs = recipe.pattern { epoch = Self.order(of: recipe, epoch: 0) }
  }

  /// The id of the next request's object.
  @inline(__always)
  mutating func next() -> UInt64 {
    if scanLeft > 0 {
      scanLeft &-= 1
      scanID &+= 1
      return scanID
    }
    if scanStart + single > 0 {
      let choice = source.unit()
      if choice < scanStart { return beginScan() }
      if choice < scanStart + single {
        freshID &+= 1
        return freshID &- 1
      }
    }
    return nextOfPopulation()
  }

  /// The chances that a decision begins a scan, or makes a single request, so that these have their
  /// shares of all requests: a scan of L requests is one decision.
  private static func chances(of recipe: RequestRecipe) -> (scan: Double, single: Double) {
    let length = Double(recipe.scanLength)
    let scan = recipe.scanShare / (length * (1 - recipe.scanShare) + recipe.scanShare)
    let requestsPerDecision = scan * length + 1 - scan
    return (scan, recipe.oneHitShare * requestsPerDecision)
  }

  private mutating func beginScan() -> UInt64 {
    scanLeft = recipe.scanLength &- 1
    scanID = freshID
    freshID &+= recipe.scanLength
    return scanID
  }

  @inline(__always)
  private mutating func nextOfPopulation() -> UInt64 {
    switch recipe.pattern {
    case .zipf: return drifted(zipf.draw(from: &draws))
    case .uniform: return draws.below(recipe.objects)
    case .loop:
      let id = position
      position = position &+ 1 == recipe.objects ? 0 : position &+ 1
      return id
    case .epochs:
      if position == recipe.objects {
        position = 0
        epochNumber += 1
        epoch = Self.order(of: recipe, epoch: epochNumber)
      }
      position += 1
      return UInt64(epoch[UInt32(truncatingIfNeeded: position &- 1)])
    case .lruStack:
      return named(UInt64(stack.touch(at: distances.draw(from: &draws))))
    }
  }

  /// The id of the object that has `rank` now.
  @inline(__always)
  private mutating func drifted(_ rank: UInt64) -> UInt64 {
    guard let drift = recipe.drift else { return named(rank) }
    if driftLeft == 0 {
      driftLeft = drift
      fallen = fallen &+ 1 == recipe.objects ? 0 : fallen &+ 1
    }
    driftLeft &-= 1
    // What was first is `fallen` ranks down now.
    return named(rank >= fallen ? rank &- fallen : rank &+ recipe.objects &- fallen)
  }

  @inline(__always)
  private func named(_ rank: UInt64) -> UInt64 { recipe.keepsRanks ? rank : scramble(rank) }

  private static func order(of recipe: RequestRecipe, epoch: UInt64) -> EpochOrder {
    // Seed 0 would be the sequential order.
    let seed = mix64(recipe.seed &+ mix64(epoch &+ 1)) | 1
    return EpochOrder(seed: seed, count: UInt32(recipe.objects))
  }
}
