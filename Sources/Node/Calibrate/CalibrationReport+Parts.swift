private typealias Quantity = ScenarioQuantity

extension NetworkMeasurement {
  private var path: String {
    peer.map { "to \($0)" } ?? "over loopback, which crosses no network: measure to a peer"
  }

  func write(to text: inout ScenarioText) {
    text.comment(
      """
      Round trip of \(CalibrationPeer.messageBytes) bytes by TCP \(path).
      \(Quantity.duration(roundTrip.median)) \(roundTrip.spread(Quantity.duration)), p99 \
      \(Quantity.duration(roundTrips.p99)), p99.9 \(Quantity.duration(roundTrips.p999)), \
      \(roundTrips.samples) samples.
      """)
    // A scenario's least round trip is 1 us.
    text.line("rack_rtt", Quantity.duration(max(1_000, roundTrip.median)))
    guard peer != nil else { return }
    text.comment(
      """
      Beside a stream a round trip takes p50 \(Quantity.duration(loadedRoundTrips.p50)), p99 \
      \(Quantity.duration(loadedRoundTrips.p99)): so many
      bytes of a connection lie before those of others.
      """)
    // Within a scenario's bounds, 1 KiB and 64 MiB, after rounding too.
    text.line("interleave", Quantity.size(min(max(2_000, bytesAhead), 64e6)))
  }

  func writeInterface(to text: inout ScenarioText) {
    text.comment(
      """
      One TCP stream \(path).
      \(Quantity.rate(bandwidth.median)) \(bandwidth.spread(Quantity.rate)); several streams may do \
      more.
      """)
    text.line("nic", Quantity.bitRate(bandwidth.median))
  }
}

extension MemoryMeasurement {
  func write(to text: inout ScenarioText) {
    text.comment("Copies, each byte read and written once, in memory that no cache holds.")
    for part in copies {
      text.comment(
        """
        1 thread, \(part.bytes >> 10) KiB: \(Quantity.rate(part.bandwidth.median)) \
        \(part.bandwidth.spread(Quantity.rate)); a copy takes p50 \
        \(Quantity.duration(part.latency.p50)), p99 \(Quantity.duration(part.latency.p99)).
        """)
    }
    text.comment(
      """
      \(threads) threads, 4096 KiB: \(Quantity.rate(together.median)) \
      \(together.spread(Quantity.rate)), the figure below.
      """)
    text.line("bandwidth", Quantity.rate(together.median))
  }
}

extension FlashMeasurement {
  func write(to text: inout ScenarioText) {
    text.comment(
      """
      The device under \(directory), taken for one drive: O_DIRECT on a file of \
      \(fileBytes >> 20) MiB,
      as many threads as operations under way. The capacity is the file system's.
      """)
    for cell in cells {
      let isSmall = cell.blockBytes == Self.smallBlock
      let write = { (perSecond: Double) in
        isSmall
          ? Quantity.frequency(perSecond) : Quantity.rate(perSecond * Double(cell.blockBytes))
      }
      let rate = cell.operationsPerSecond
      text.comment(
        """
        \(cell.pattern.rawValue) \(cell.direction.rawValue)s of \(cell.blockBytes >> 10) KiB, \
        \(cell.depth) at once: \(write(rate.median)) \(rate.spread(write)); p50 \
        \(Quantity.duration(cell.latency.p50)), p99 \(Quantity.duration(cell.latency.p99)), p99.9 \
        \(Quantity.duration(cell.latency.p999)).
        """)
    }
    text.line("drives", "1")
    text.line("capacity", Quantity.size(Double(fileSystemBytes)))
    line("read", best(.read, .sequential, blockBytes: Self.largeBlock), &text)
    line("write", best(.write, .sequential, blockBytes: Self.largeBlock), &text)
    if let cell = best(.read, .random, blockBytes: Self.smallBlock) {
      text.comment("Random reads of 4 KiB, \(cell.depth) at once.")
      text.line("iops", Quantity.frequency(cell.operationsPerSecond.median))
    }
    latency("read_latency", .read, &text)
    latency("write_latency", .write, &text)
  }

  /// What a small operation takes while nothing else is under way.
  private func latency(_ key: String, _ direction: Direction, _ text: inout ScenarioText) {
    guard let cell = idle(direction) else { return }
    text.comment("The median of random \(direction.rawValue)s of 4 KiB, one after the other.")
    // A scenario's greatest is 1 s.
    text.line(key, Quantity.duration(min(cell.latency.p50, 1e9)))
  }

  private func line(_ key: String, _ cell: Cell?, _ text: inout ScenarioText) {
    guard let cell else { return }
    text.comment("Sequential, \(cell.depth) at once.")
    text.line(key, Quantity.rate(cell.bytesPerSecond))
  }
}

extension OriginMeasurement {
  func write(to text: inout ScenarioText) {
    text.comment(
      """
      \(origin), object \(container)/\(key) of \(objectBytes) bytes. \(throttled) reads were \
      throttled,
      waited out and tried again. Limits of requests are the store's to name: none was looked for.
      """)
    for part in reads {
      text.comment(
        """
        Ranged reads of \(readBytes) bytes, \(part.concurrency) at once: \
        \(Quantity.rate(part.bandwidth.median)) \(part.bandwidth.spread(Quantity.rate)).
        """)
    }
    if let most = reads.max(by: { $0.bandwidth.median < $1.bandwidth.median }) {
      text.comment(
        "What this client got, \(most.concurrency) at once; an account's limit may be far higher.")
      text.line("bytes", Quantity.rate(most.bandwidth.median))
    }
    if let rate = bytesPerSecondOfOneAnswer {
      text.comment(
        """
        One read at a time, the time to its first byte taken off: what one answer gets once it flows.
        """)
      text.line("per_request", Quantity.rate(rate))
    }
    text.comment(
      """
      Reads of one byte, one after the other: p50 \(Quantity.duration(firstByte.p50)) \
      \(firstByteMedian.spread(Quantity.duration)), p99 \(Quantity.duration(firstByte.p99)), p99.9 \
      \(Quantity.duration(firstByte.p999)), \(firstByte.samples) samples.
      """)
    text.comment(
      """
      Reads of \(block.bytes) bytes, one after the other with pauses: p50 \
      \(Quantity.duration(block.latency.p50)), p90 \(Quantity.duration(block.latency.p90)), p99 \
      \(Quantity.duration(block.latency.p99)), p99.9 \(Quantity.duration(block.latency.p999)), \
      \(block.latency.samples) samples;
      less what their bytes take at per_request:
      """)
    text.key("first_byte") { text in
      for (name, span) in firstByteQuantiles { text.line(name, Quantity.duration(span)) }
    }
  }

  /// What of a block's read is not the flow of its bytes: a store may take longer to begin an answer
  /// of many bytes than one of one byte, and more so at times. As a scenario can say it: 1 us at
  /// least, and nothing beyond a thousand medians.
  var firstByteQuantiles: [(name: String, span: Double)] {
    let flow = bytesPerSecondOfOneAnswer.map { Double(block.bytes) * 1e9 / $0 }
    let latency = flow == nil ? firstByte : block.latency
    let median = max(1_000, latency.p50 - (flow ?? 0))
    var quantiles = [("p50", latency.p50), ("p90", latency.p90), ("p99", latency.p99)]
    // Of fewer reads the 99.9th percentile is the slowest one.
    if latency.samples >= 1_000 { quantiles.append(("p999", latency.p999)) }
    return quantiles.map { ($0.0, min(max($0.1 - (flow ?? 0), median), 999 * median)) }
  }
}
