/// A network path by TCP: one stream's bandwidth and the round trip of small messages.
public struct NetworkMeasurement: Sendable, Equatable {
  /// The peer; nil for loopback, which crosses no network.
  public var peer: String?
  /// Bytes a second of one stream from here to there.
  public var bandwidth: Measured
  /// Nanoseconds: each run's median.
  public var roundTrip: Measured
  public var roundTrips: LatencyFigures
  /// Round trips on a connection of their own while another one's stream fills the path.
  public var loadedRoundTrips: LatencyFigures

  /// Bytes of one stream that lie on the path before those of other connections: what makes a round
  /// trip longer beside it.
  public var bytesAhead: Double {
    max(0, loadedRoundTrips.p50 - roundTrip.median) / 1e9 * bandwidth.median
  }

  static func measure(
    _ plan: MeasuringPlan, peer place: NodeConfiguration.SocketPlace?
  ) async throws -> NetworkMeasurement {
    if let place { return try await measure(plan, place, name: "\(place.host):\(place.port)") }
    let own = try CalibrationPeer(on: .init(host: "127.0.0.1", port: 0))
    do {
      let measured = try await measure(plan, .init(host: "127.0.0.1", port: own.port), name: nil)
      try await own.stop()
      return measured
    } catch {
      try await own.stop()
      throw error
    }
  }

  /// Whether the peer can be reached at all.
  static func check(
    _ plan: MeasuringPlan, _ place: NodeConfiguration.SocketPlace
  ) async throws {
    _ = try await plan.onThreads(1) { _ in _ = try CalibrationSocket.connect(to: place) }
  }

  private static func measure(
    _ plan: MeasuringPlan, _ place: NodeConfiguration.SocketPlace, name: String?
  ) async throws -> NetworkMeasurement {
    let span = plan.span(of: 3)
    try plan.begin("network: round trips to \(name ?? "loopback")")
    var counts = LatencyCounts()
    var medians: [Double] = []
    for _ in 0..<plan.runs {
      let run = try await plan.onThreads(1) { _ in try roundTrips(place, for: span) }[0]
      medians.append(run.percentile(0.5))
      counts += run
    }
    try plan.begin("network: one stream to \(name ?? "loopback")")
    var rates: [Double] = []
    for _ in 0..<plan.runs {
      rates += try await plan.onThreads(1) { _ in try stream(place, for: span) }
    }
    try plan.begin("network: round trips beside a stream to \(name ?? "loopback")")
    var loaded = LatencyCounts()
    for _ in 0..<plan.runs {
      for part in try await plan.onThreads(2, { try besideStream($0, place, for: span) }) {
        loaded += part
      }
    }
    return NetworkMeasurement(
      peer: name, bandwidth: Measured(rates), roundTrip: Measured(medians),
      roundTrips: LatencyFigures(counts), loadedRoundTrips: LatencyFigures(loaded))
  }

  /// One thread's part: the first streams, the second counts round trips.
  private static func besideStream(
    _ thread: Int, _ place: NodeConfiguration.SocketPlace, for span: UInt64
  ) throws -> LatencyCounts {
    if thread == 1 { return try roundTrips(place, for: span) }
    _ = try stream(place, for: span)
    return LatencyCounts()
  }

  private static func roundTrips(
    _ place: NodeConfiguration.SocketPlace, for span: UInt64
  ) throws -> LatencyCounts {
    let socket = try CalibrationSocket.connect(to: place)
    try CalibrationPeer.echo.withUnsafeBytes { try socket.send($0) }
    var message = [UInt8](repeating: 7, count: CalibrationPeer.messageBytes)
    var counts = LatencyCounts()
    let start = monotonicNow()
    var now = start
    repeat {
      try message.withUnsafeMutableBytes { bytes in
        try socket.send(UnsafeRawBufferPointer(bytes))
        try socket.receiveAll(bytes)
      }
      let end = monotonicNow()
      counts.record(end - now)
      now = end
    } while now - start < span
    return counts
  }

  /// Bytes a second, the time until the peer has said that it has them all included.
  private static func stream(
    _ place: NodeConfiguration.SocketPlace, for span: UInt64
  ) throws -> Double {
    let socket = try CalibrationSocket.connect(to: place)
    try CalibrationPeer.sink.withUnsafeBytes { try socket.send($0) }
    let piece = [UInt8](repeating: 7, count: 256 << 10)
    var sent: UInt64 = 0
    let start = monotonicNow()
    repeat {
      try piece.withUnsafeBytes { try socket.send($0) }
      sent += UInt64(piece.count)
    } while monotonicNow() - start < span
    socket.endWriting()
    var answer: UInt64 = 0
    try withUnsafeMutableBytes(of: &answer) { try socket.receiveAll($0) }
    guard UInt64(littleEndian: answer) == sent else {
      throw CalibrationError.network(
        "\(place.host):\(place.port) got \(UInt64(littleEndian: answer)) of \(sent) bytes; see that "
          + "tarn-node calibrate --serve of this version listens there")
    }
    return Double(sent) * 1e9 / Double(monotonicNow() - start)
  }
}
