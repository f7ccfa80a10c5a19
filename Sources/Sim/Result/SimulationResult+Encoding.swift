// The compiler's own encoding drops a key whose value is nil. Readers of the JSON were promised the
// key with null, so that "was not measured" differs from "this version does not know the field".

extension SimulationResult.Sampling {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(rate, forKey: .rate)
    try container.encode(hitRatioError, forKey: .hitRatioError)
    try container.encode(referenceNodes, forKey: .referenceNodes)
    try container.encode(referenceStallFraction, forKey: .referenceStallFraction)
    try container.encode(sampledStallFraction, forKey: .sampledStallFraction)
  }
}

extension SimulationResult.Workload {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(kind, forKey: .kind)
    try container.encode(nodes, forKey: .nodes)
    try container.encode(gpus, forKey: .gpus)
    try container.encode(requests, forKey: .requests)
    try container.encode(gpuStallFraction, forKey: .gpuStallFraction)
    try container.encode(hitRatio, forKey: .hitRatio)
    try container.encode(latencyMicroseconds, forKey: .latencyMicroseconds)
    try container.encode(completed, forKey: .completed)
    try container.encode(slowestNodeSeconds, forKey: .slowestNodeSeconds)
    try container.encode(timeToFirstToken, forKey: .timeToFirstToken)
    try container.encode(prefixHitRatio, forKey: .prefixHitRatio)
  }
}
