internal import Synchronization

/// Why a frame was dropped. To the core every one of them is silence.
public enum PeerDrop: Int, CaseIterable, Sendable {
  /// The peer is no member, can't be reached or refused; or its link broke.
  case unreachable
  /// More frames or bytes wait for the link than may.
  case overflow
  /// It waited until it was of no use.
  case expired
  /// It does not fit a frame, or its payload is not as long as the message says.
  case unsendable
  /// The payload that came does not have the checksum that was sent.
  case payloadChecksum
  /// There was no memory for the payload that came.
  case noMemory
  /// The locator does not name the block that the message asks for.
  case wrongLocator
  /// The tenant is not known here.
  case unknownTenant

  /// The name in metrics.
  public var name: String {
    switch self {
    case .unreachable: "unreachable"
    case .overflow: "overflow"
    case .expired: "expired"
    case .unsendable: "unsendable"
    case .payloadChecksum: "payload-checksum"
    case .noMemory: "no-memory"
    case .wrongLocator: "wrong-locator"
    case .unknownTenant: "unknown-tenant"
    }
  }
}

/// What a node's peer traffic has come to. Counts since the start, except `linksUp`.
public struct PeerCounters: Sendable, Equatable {
  public var framesSent: UInt64 = 0
  public var framesReceived: UInt64 = 0
  /// Headers, bodies and payloads.
  public var bytesSent: UInt64 = 0
  public var bytesReceived: UInt64 = 0
  /// Links that are up now.
  public var linksUp: UInt64 = 0
  /// Links that have been up.
  public var linksOpened: UInt64 = 0
  /// Connections that failed before they were links.
  public var linksFailed: UInt64 = 0
  /// By `PeerDrop.rawValue`.
  var drops = [UInt64](repeating: 0, count: PeerDrop.allCases.count)
  /// By `PeerFault.rawValue`.
  var faults = [UInt64](repeating: 0, count: PeerFault.allCases.count)

  /// Frames dropped for this reason.
  public subscript(_ drop: PeerDrop) -> UInt64 { drops[drop.rawValue] }
  /// Links closed because of this.
  public subscript(_ fault: PeerFault) -> UInt64 { faults[Int(fault.rawValue)] }
}

/// Counts from any thread. What happens for every frame is an atomic; the rest takes a lock.
final class PeerTally: Sendable {
  private let framesSent = Atomic<UInt64>(0)
  private let framesReceived = Atomic<UInt64>(0)
  private let bytesSent = Atomic<UInt64>(0)
  private let bytesReceived = Atomic<UInt64>(0)
  private let rare = Mutex(PeerCounters())

  func sent(frames: Int, bytes: Int) {
    framesSent.wrappingAdd(UInt64(frames), ordering: .relaxed)
    bytesSent.wrappingAdd(UInt64(bytes), ordering: .relaxed)
  }
  func receivedFrame() { framesReceived.wrappingAdd(1, ordering: .relaxed) }
  func received(bytes: Int) { bytesReceived.wrappingAdd(UInt64(bytes), ordering: .relaxed) }

  func dropped(_ drop: PeerDrop, _ count: Int = 1) {
    rare.withLock { $0.drops[drop.rawValue] += UInt64(count) }
  }
  func fault(_ fault: PeerFault) { rare.withLock { $0.faults[Int(fault.rawValue)] += 1 } }
  func linkUp() {
    rare.withLock {
      $0.linksUp += 1
      $0.linksOpened += 1
    }
  }
  func linkDown() { rare.withLock { $0.linksUp -= 1 } }
  func linkFailed() { rare.withLock { $0.linksFailed += 1 } }

  /// What was counted so far.
  var counters: PeerCounters {
    var counters = rare.withLock { $0 }
    counters.framesSent = framesSent.load(ordering: .relaxed)
    counters.framesReceived = framesReceived.load(ordering: .relaxed)
    counters.bytesSent = bytesSent.load(ordering: .relaxed)
    counters.bytesReceived = bytesReceived.load(ordering: .relaxed)
    return counters
  }
}
