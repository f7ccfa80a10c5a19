/// Which nodes each job gets: a pure function of the pools, the jobs and their order.
///
/// Schedulers place a job's ranks close together, so a job gets consecutive nodes, from a rack's
/// first node on if it needs a whole rack and within one rack if it does not. Where no such run of
/// nodes is free it gets any run that is long enough, and where there is none, the free nodes in
/// order. So every job finds its place as long as the GPUs suffice.
public enum JobPlan {
  /// Nodes of one shape.
  public struct Pool: Sendable {
    /// The scenario's name for it.
    public var name: String
    /// Its nodes: consecutive, rack by rack.
    public var nodes: NodeRange
    /// GPUs of each.
    public var gpusPerNode: UInt32
    /// Nodes of a rack; the first node is the first of its rack.
    public var nodesPerRack: UInt32
    /// A pool of these nodes.
    public init(name: String, nodes: NodeRange, gpusPerNode: UInt32, nodesPerRack: UInt32) {
      precondition(gpusPerNode > 0, "a node of a GPU pool has GPUs")
      precondition(nodesPerRack > 0, "a rack has nodes")
      self.name = name
      self.nodes = nodes
      self.gpusPerNode = gpusPerNode
      self.nodesPerRack = nodesPerRack
    }
  }

  /// A job that wants GPUs.
  public struct Request: Sendable {
    /// The scenario's name for it.
    public var name: String
    /// GPUs that it wants; it gets whole nodes.
    public var gpus: UInt64
    /// The pool that it wants them from; nil: the first that has them.
    public var pool: String?
    /// A job of `gpus` GPUs.
    public init(name: String, gpus: UInt64, pool: String? = nil) {
      self.name = name
      self.gpus = gpus
      self.pool = pool
    }
  }

  /// What a job got.
  public struct Allotment: Sendable, Equatable {
    /// Index of the pool.
    public var pool: Int
    /// Its nodes, in order of rank.
    public var nodes: [NodeRange]
    /// GPUs of each.
    public var gpusPerNode: UInt32
  }

  /// Nodes for each of `jobs`, in their order; throws if a job asks for more than is free.
  public static func allot(_ jobs: [Request], on pools: [Pool]) throws(WorkloadError) -> [Allotment]
  {
    var free = pools.map { [0..<$0.nodes.count] }
    var allotments: [Allotment] = []
    for job in jobs {
      guard job.gpus > 0 else {
        throw WorkloadError("job \"\(job.name)\" asks for no GPUs; give it at least one")
      }
      let pool = try choosePool(for: job, pools: pools, free: free)
      let gpusPerNode = pools[pool].gpusPerNode
      let count = UInt32((job.gpus - 1) / UInt64(gpusPerNode) + 1)
      let taken = take(count, rack: pools[pool].nodesPerRack, from: &free[pool])
      let nodes = pools[pool].nodes
      allotments.append(
        Allotment(
          pool: pool,
          nodes: taken.map {
            NodeRange(
              first: nodes[$0.lowerBound], count: UInt32($0.count), stride: nodes.stride)
          }, gpusPerNode: gpusPerNode))
    }
    return allotments
  }

  private static func choosePool(
    for job: Request, pools: [Pool], free: [[Range<UInt32>]]
  ) throws(WorkloadError) -> Int {
    var most: UInt64 = 0
    var known = false
    for (index, pool) in pools.enumerated() where job.pool == nil || job.pool == pool.name {
      known = true
      let nodes = free[index].reduce(UInt64(0)) { $0 + UInt64($1.count) }
      let gpus = nodes * UInt64(pool.gpusPerNode)
      if gpus >= job.gpus { return index }
      most = max(most, gpus)
    }
    guard known else {
      let names = pools.map(\.name).joined(separator: ", ")
      throw WorkloadError(
        "job \"\(job.name)\" wants pool \"\(job.pool ?? "")\", which does not exist; "
          + (names.isEmpty ? "there are none" : "there are: \(names)"))
    }
    throw WorkloadError(
      "job \"\(job.name)\" asks for \(job.gpus) GPUs, but only \(most) are free"
        + (job.pool.map { " in pool \"\($0)\"" } ?? " in any one pool")
        + "; make the job smaller or the pool larger")
  }

  /// Takes `count` of the free nodes, which are known to suffice.
  private static func take(
    _ count: UInt32, rack: UInt32, from free: inout [Range<UInt32>]
  ) -> [Range<UInt32>] {
    for index in free.indices {
      let start = alignedStart(of: count, in: free[index], rack: rack)
      if let start { return [cut(start..<start + count, from: index, of: &free)] }
    }
    for index in free.indices where free[index].count >= Int(count) {
      let start = free[index].lowerBound
      return [cut(start..<start + count, from: index, of: &free)]
    }
    var taken: [Range<UInt32>] = []
    var missing = count
    while missing > 0 {
      let part = min(missing, UInt32(free[0].count))
      let start = free[0].lowerBound
      taken.append(cut(start..<start + part, from: 0, of: &free))
      missing -= part
    }
    return taken
  }

  /// Where `count` nodes may start in a free run so that they cross no rack needlessly; nil if
  /// nowhere.
  private static func alignedStart(
    of count: UInt32, in run: Range<UInt32>, rack: UInt32
  ) -> UInt32? {
    let inRack = run.lowerBound % rack
    let fitsInRack = count < rack && inRack + count <= rack
    let start = inRack == 0 || fitsInRack ? run.lowerBound : run.lowerBound + (rack - inRack)
    return UInt64(start) + UInt64(count) <= UInt64(run.upperBound) ? start : nil
  }

  private static func cut(
    _ part: Range<UInt32>, from index: Int, of free: inout [Range<UInt32>]
  ) -> Range<UInt32> {
    let run = free[index]
    let rest = [run.lowerBound..<part.lowerBound, part.upperBound..<run.upperBound]
    free.replaceSubrange(index...index, with: rest.filter { !$0.isEmpty })
    return part
  }
}
