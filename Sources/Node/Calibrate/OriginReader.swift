/// Which object is read.
private struct OriginObjectChoice {
  private static let mostPages = 10
  private let place: Calibration.OriginPlace

  init(_ place: Calibration.OriginPlace) { self.place = place }

  func choose() async throws -> OriginObject {
    let container = try await self.container()
    if let key = place.key { return OriginObject(container: container, key: key) }
    var request = ListRequest(container: container)
    var largest: ListPage.Item?
    for _ in 0..<Self.mostPages {
      let page = try await page(request)
      for item in page.items where item.size > largest?.size ?? 0 { largest = item }
      guard let next = page.continuesAfter else { break }
      request.after = next
    }
    guard let largest else {
      throw CalibrationError.origin(
        "\(place.origin.description) has no object with bytes in \(container); name another "
          + "container, or a key")
    }
    return OriginObject(container: container, key: largest.key)
  }

  private func container() async throws -> String {
    if let named = place.container { return named }
    do throws(OriginError) {
      if let first = try await place.origin.containers().first { return first.name }
    } catch {
      throw CalibrationError.origin(
        "\(place.origin.description) does not list its containers (\(error.reason)); name one")
    }
    throw CalibrationError.origin(
      "\(place.origin.description) has no containers; name another origin")
  }

  private func page(_ request: ListRequest) async throws -> ListPage {
    do throws(OriginError) {
      return try await place.origin.list(request)
    } catch {
      throw CalibrationError.origin(
        "\(place.origin.description) does not list \(request.container) (\(error.reason)); name a container "
          + "and a key that its credentials may read")
    }
  }
}

/// Reads parts of one version of an object.
struct OriginReader: Sendable {
  let origin: any Origin
  let object: OriginObject
  private let version: String
  let size: UInt64
  var readBytes: UInt64 { min(size, OriginMeasurement.mostReadBytes) }

  /// Throttled answers in a row before it gives up.
  private static let patience = 20

  /// Finds the object and its version.
  init(_ place: Calibration.OriginPlace, _ plan: MeasuringPlan) async throws {
    let origin = place.origin
    try plan.begin("origin: looking for an object of \(origin.description)")
    let object = try await OriginObjectChoice(place).choose()
    self.origin = origin
    self.object = object
    do throws(OriginError) {
      let attributes = try await origin.attributes(of: object)
      version = attributes.version
      size = attributes.size
    } catch {
      throw CalibrationError.origin(
        "\(origin.description) does not give \(object.container)/\(object.key) (\(error.reason)); name an "
          + "object that its credentials may read")
    }
    guard size > 0 else {
      throw CalibrationError.origin(
        "\(object.container)/\(object.key) of \(origin.description) is empty; name a large object")
    }
  }

  struct Part: Sendable {
    var bytesPerSecond = 0.0
    var latencies = LatencyCounts()
    var throttled = 0
  }

  /// Reads of `bytes`, each after a pause of up to 20 ms.
  func readWithPauses(_ bytes: UInt64, for span: UInt64, atLeast least: UInt64) async throws -> Part
  {
    var random = CheapRandom(7)
    let end = monotonicNow() + span
    var sum = Part()
    repeat {
      try await Task.sleep(for: .nanoseconds(Int64(random.next(below: 20_000_000))))
      let part = try await readInTurn(bytes, until: 0, atLeast: 1, seed: Int(sum.latencies.count))
      sum.latencies += part.latencies
      sum.throttled += part.throttled
    } while monotonicNow() < end || sum.latencies.count < least
    return sum
  }

  /// Reads of one byte, one after the other.
  func read(_ bytes: UInt64, for span: UInt64, atLeast least: UInt64, seed: Int) async throws
    -> Part
  {
    try await readInTurn(bytes, until: monotonicNow() + span, atLeast: least, seed: seed)
  }

  /// Reads of `readBytes` by `concurrency` readers at once.
  func read(_ concurrency: Int, for span: UInt64, seed: Int) async throws -> Part {
    let start = monotonicNow()
    var sum = try await withThrowingTaskGroup(of: Part.self) { group in
      for reader in 0..<concurrency {
        group.addTask {
          try await readInTurn(
            readBytes, until: start + span, atLeast: 1, seed: seed * 100 + reader)
        }
      }
      var sum = Part()
      for try await part in group {
        sum.latencies += part.latencies
        sum.throttled += part.throttled
      }
      return sum
    }
    let bytes = Double(sum.latencies.count) * Double(readBytes)
    sum.bytesPerSecond = bytes * 1e9 / Double(max(1, monotonicNow() - start))
    return sum
  }

  private func readInTurn(
    _ bytes: UInt64, until end: UInt64, atLeast least: UInt64, seed: Int
  ) async throws -> Part {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(bytes), alignment: pageBytes)
    defer { buffer.deallocate() }
    var random = CheapRandom(seed)
    var part = Part()
    var refusals = 0
    repeat {
      try Task.checkCancellation()
      // Ranges start at multiples of their size, as blocks do.
      let first = random.next(below: size / bytes) * bytes
      let start = monotonicNow()
      do throws(OriginError) {
        try await origin.read(object, version: version, range: first..<first + bytes, into: buffer)
        part.latencies.record(monotonicNow() - start)
        refusals = 0
      } catch .throttled(let milliseconds) {
        part.throttled += 1
        refusals += 1
        guard refusals < Self.patience else { throw failure("it throttles every read") }
        try await Task.sleep(for: .milliseconds(max(100, Int64(milliseconds))))
      } catch {
        throw failure(error.reason)
      }
    } while monotonicNow() < end || part.latencies.count < least
    return part
  }

  private func failure(_ reason: String) -> CalibrationError {
    .origin(
      "\(origin.description) failed a read of \(object.container)/\(object.key): \(reason); try "
        + "again when it is well")
  }
}
