public import TarnCore

extension Scenario {
  /// What one GPU of a training job reads and how long it computes.
  public struct TrainingModel: Sendable, Equatable {
    public var name: String
    public var sampleBytes: UInt64
    /// Samples that one GPU consumes a step.
    public var samplesPerStep: Int
    /// Time that one step computes when its data is there.
    public var stepNanoseconds: Nanoseconds
    /// Samples in one object of the data set.
    public var samplesPerObject: Int

    public init(
      name: String, sampleBytes: UInt64, samplesPerStep: Int, stepNanoseconds: Nanoseconds,
      samplesPerObject: Int
    ) {
      self.name = name
      self.sampleBytes = sampleBytes
      self.samplesPerStep = samplesPerStep
      self.stepNanoseconds = stepNanoseconds
      self.samplesPerObject = samplesPerObject
    }

    /// Bytes that one GPU consumes a step.
    public var bytesPerStep: UInt64 { sampleBytes * UInt64(samplesPerStep) }
    /// Bytes of one object of the data set.
    public var objectBytes: UInt64 { sampleBytes * UInt64(samplesPerObject) }
  }
}

extension Scenario.TrainingModel {
  /// The reference workloads of MLPerf Storage v2.0 (github.com/mlcommons/storage, commit caa90c9,
  /// Apache-2.0): mean record bytes, batch, compute time of a step, samples of a file.
  public static let builtIn = [
    model("unet3d-h100", sample: 146_600_628, batch: 7, stepMicros: 323_000, perObject: 1),
    model("unet3d-a100", sample: 146_600_628, batch: 7, stepMicros: 636_000, perObject: 1),
    model("resnet50-h100", sample: 114_660, batch: 400, stepMicros: 224_000, perObject: 1_251),
    model("resnet50-a100", sample: 114_660, batch: 400, stepMicros: 435_000, perObject: 1_251),
    model("cosmoflow-h100", sample: 2_828_486, batch: 1, stepMicros: 3_500, perObject: 1),
    model("cosmoflow-a100", sample: 2_828_486, batch: 1, stepMicros: 5_510, perObject: 1),
  ]

  private static func model(
    _ name: String, sample: UInt64, batch: Int, stepMicros: UInt64, perObject: Int
  ) -> Scenario.TrainingModel {
    Scenario.TrainingModel(
      name: name, sampleBytes: sample, samplesPerStep: batch,
      stepNanoseconds: stepMicros * 1_000, samplesPerObject: perObject)
  }
}
