public import TarnTraceFormat

/// A recorded trace of requests in memory, as far as a fit needs it.
public struct RecordedRequests: Sendable {
  /// The objects, numbered from 0 in order of their first request.
  public private(set) var objects: [UInt32] = []
  /// By object: bytes of its first request; empty where the trace has no sizes.
  public private(set) var sizes: [UInt32] = []
  /// How many different objects.
  public private(set) var objectCount = 0
  /// From the first request to the last, nanoseconds; nil where the trace has no times.
  public private(set) var spanNanoseconds: UInt64?
  private var numbers: [UInt64: UInt32] = [:]

  /// A trace of these requests.
  init() {}

  /// Whether the trace at `path` holds requests, rather than KV prompts.
  public static func areIn(path: String) throws(TraceError) -> Bool {
    try RequestSource(path: path).schema.kind == .requests
  }

  /// Reads the requests of the trace at `path`, of any format. Of 128-bit keys the halves are mixed;
  /// operations are taken for reads. Any damage is an error.
  public static func load(path: String) throws(TraceError) -> RecordedRequests {
    var options = TraceReadOptions()
    options.strict = true
    var source = try RequestSource(path: path, options: options)
    var requests = RecordedRequests()
    var block = TraceBlock()
    var first: UInt64?
    var last: UInt64 = 0
    while try source.next(into: &block) {
      for index in 0..<block.count {
        let request = block.request(at: index)
        let key =
          request.keyHigh == 0 ? request.key : TraceRandom.mix(request.keyHigh) ^ request.key
        requests.append(
          key, size: block.sizes.isEmpty ? nil : UInt32(clamping: max(1, request.size)))
      }
      if let time = block.times.first { first = first ?? time }
      last = block.times.last ?? last
    }
    if let first {
      requests.spanNanoseconds =
        (last - first).multipliedReportingOverflow(by: source.schema.nanosecondsPerTick)
        .partialValue
    }
    requests.numbers = [:]
    return requests
  }

  /// Appends a request for `key`.
  mutating func append(_ key: UInt64, size: UInt32?) {
    if let number = numbers[key] {
      objects.append(number)
      return
    }
    let number = UInt32(objectCount)
    numbers[key] = number
    objectCount += 1
    objects.append(number)
    if let size { sizes.append(size) }
  }

  /// How often each object is asked for.
  var counts: [UInt32] {
    var counts = [UInt32](repeating: 0, count: objectCount)
    for object in objects { counts[Int(object)] += 1 }
    return counts
  }
}
