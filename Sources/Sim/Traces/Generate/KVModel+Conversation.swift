extension KVModel {
  public static var conversation: KVModel {
    let t = QuantileTable(of: [])
    return KVModel(tokensPerBlock: 512, requestsPerSecond: 1, systemPrompts: [], continuation: [0,0,0], thinkSeconds: t, soloInput: t, openingInput: t, extendShare: 1, growth: t, keptShare: t, divergedTail: t, output: t)
  }
}
