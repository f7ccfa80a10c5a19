/// LHD's tables: the hit density of each class and age, learnt from hits and evictions.
///
/// Ages are counted in units of 2^shift requests, 20,000 of them; 16 classes by the sum of a block's
/// last two ages at a hit. After every 2^20 requests the counts are aged by a tenth and the densities
/// computed anew: hits at this age and later, over the time that blocks of this age still lived. Twice
/// early on, the unit is fitted to the number of blocks. Beckmann, Chen, Cidon, NSDI 2018, section 4,
/// where the paper gives constants; the rest was chosen so that it agrees with an independent
/// simulator's figures. 3.8 MB once anything was counted, nothing before.
struct HitDensity: ~Copyable {
  /// Ages that are told apart.
  static let ages = 20_000
  private static let classes = 16
  private static let interval: UInt32 = 1 << 20
  private static let decay: Float = 0.9
  /// At these reconfigurations the unit of age is fitted.
  private static let fittings: [Int] = [5, 25]
  /// Share of the ages that as many requests as there are blocks should take.
  private static let errorTolerance = 0.01

  /// Requests so far, modulo 2^32.
  private(set) var now: UInt32 = 0
  private var shift: UInt32 = 10
  private var reconfigurations = 0
  private var averageObjects = 0.0
  private var averageWeight = 0.0
  /// Densities, hits and evictions, each by class and age.
  private var tables: UnsafeMutablePointer<Float>?

  init() {}

  deinit { tables?.deallocate() }

  private static var cells: Int { classes * ages }

  var residentBytes: Int { tables == nil ? 0 : 3 * Self.cells * MemoryLayout<Float>.stride }

  /// The class of a block whose last two ages at a hit add up to this: 15 for 0, one less for each
  /// doubling.
  @inline(__always)
  static func `class`(ofAges sum: Int) -> Int {
    if sum == 0 { return classes - 1 }
    if sum >= ages { return 0 }
    // The doublings that it takes to reach `ages`.
    let quotient = UInt64((ages - 1) / sum)
    return min(classes - 1, 64 - quotient.leadingZeroBitCount)
  }

  /// The age of a block that was read by request `time`.
  @inline(__always)
  func age(since time: UInt32) -> Int { min(Int((now &- time) &>> shift), Self.ages - 1) }

  /// The density of a class and age: hits for each request of a block's life, in no unit.
  subscript(number: Int, age: Int) -> Float {
    @inline(__always) get {
      guard let tables else { return Self.guess(number, age) }
      return tables[number &* Self.ages &+ age]
    }
  }

  /// Before anything is learnt the more recent and the more often hit are denser.
  private static func guess(_ number: Int, _ age: Int) -> Float {
    Float(17 + number) / Float(age + 1)
  }

  @inline(__always)
  mutating func countHit(class number: Int, age: Int) {
    ready()[Self.cells &+ number &* Self.ages &+ age] += 1
  }

  @inline(__always)
  mutating func countEviction(class number: Int, age: Int) {
    ready()[2 &* Self.cells &+ number &* Self.ages &+ age] += 1
  }

  /// A request was handled; `objects` are held.
  @inline(__always)
  mutating func tick(objects: UInt32) {
    now &+= 1
    if now & (Self.interval - 1) == 0 { reconfigure(objects: objects) }
  }

  private mutating func ready() -> UnsafeMutablePointer<Float> {
    if let tables { return tables }
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: 3 * Self.cells)
    for number in 0..<Self.classes {
      for age in 0..<Self.ages {
        (memory + number * Self.ages + age).initialize(to: Self.guess(number, age))
      }
    }
    (memory + Self.cells).initialize(repeating: 0, count: 2 * Self.cells)
    tables = memory
    return memory
  }

  private mutating func reconfigure(objects: UInt32) {
    let tables = ready()
    for cell in Self.cells..<3 * Self.cells { tables[cell] *= Self.decay }
    averageObjects = 0.9 * averageObjects + Double(objects)
    averageWeight = 0.9 * averageWeight + 1
    reconfigurations += 1
    if Self.fittings.contains(reconfigurations) { fitUnit() }
    for number in 0..<Self.classes { learn(number, tables) }
  }

  private func learn(_ number: Int, _ tables: UnsafeMutablePointer<Float>) {
    let density = tables + number * Self.ages
    let hits = density + Self.cells
    let evictions = hits + Self.cells
    var age = Self.ages - 1
    var hitsFromHere = hits[age]
    var eventsFromHere = hits[age] + evictions[age]
    var life = eventsFromHere
    while age > 0 {
      age -= 1
      hitsFromHere += hits[age]
      eventsFromHere += hits[age] + evictions[age]
      life += eventsFromHere
      density[age] = eventsFromHere > 1e-5 ? hitsFromHere / life : 0
    }
  }

  /// Chooses the unit so that as many requests as there are blocks take about a hundredth of the ages.
  private mutating func fitUnit() {
    let wanted = averageObjects / averageWeight / (Self.errorTolerance * Double(Self.ages))
    var fitting: UInt32 = 1
    while Double(1 << UInt64(fitting)) < wanted { fitting += 1 }
    let tables = ready()
    for row in Self.classes..<3 * Self.classes {
      let counts = tables + row * Self.ages
      if fitting > shift { Self.coarsen(counts, by: fitting - shift) }
      if fitting < shift { Self.refine(counts, by: shift - fitting) }
    }
    shift = fitting
  }

  /// Adds 2^`doublings` neighbouring ages into one; the oldest, which stands for all beyond, stays.
  private static func coarsen(_ counts: UnsafeMutablePointer<Float>, by doublings: UInt32) {
    let width = 1 << Int(doublings)
    let last = ages - 1
    for target in 0..<last {
      var sum: Float = 0
      for source in min(target * width, last)..<min((target + 1) * width, last) {
        sum += counts[source]
      }
      counts[target] = sum
    }
  }

  /// Spreads each age's count evenly over 2^`doublings`.
  private static func refine(_ counts: UnsafeMutablePointer<Float>, by doublings: UInt32) {
    let width = 1 << Int(doublings)
    let last = ages - 1
    var beyond = counts[last]
    for source in (last + width - 1) / width..<last { beyond += counts[source] }
    for target in stride(from: last - 1, through: 0, by: -1) {
      counts[target] = counts[target / width] / Float(width)
    }
    counts[last] = beyond
  }
}
