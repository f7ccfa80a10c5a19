import TarnCore
import Testing

struct PeerHealthTests {
  private let peer = NodeID(7)
  private let suspicion: Nanoseconds = 1_000

  private func instant(_ nanoseconds: UInt64) -> Instant { Instant(nanoseconds: nanoseconds) }

  @Test func `while all is well there is nothing to do`() {
    var health = PeerHealth()
    health.noteAnswer(peer)
    health.expire(at: instant(5), suspicion: suspicion)
    let deadline = health.nextDeadline
    let suspect = health.isSuspect(peer, at: instant(5))
    #expect(deadline == .never)
    #expect(!suspect)
    #expect(MemoryLayout<PeerHealth>.size <= 16)
  }

  @Test func `a time-out asks for one ping, and an answer clears it`() {
    var health = PeerHealth()
    let first = health.noteTimeout(peer, at: instant(100), pingTimeout: 50)
    let second = health.noteTimeout(peer, at: instant(120), pingTimeout: 50)
    let deadline = health.nextDeadline
    #expect(first)
    #expect(!second)
    #expect(deadline == instant(150))
    health.noteAnswer(peer)
    health.expire(at: instant(150), suspicion: suspicion)
    let suspect = health.isSuspect(peer, at: instant(150))
    let troubled = health.troubledPeers
    #expect(!suspect)
    #expect(troubled == 0)
  }

  @Test func `a ping without answer makes a suspect until the span is over`() {
    var health = PeerHealth()
    _ = health.noteTimeout(peer, at: instant(100), pingTimeout: 50)
    health.expire(at: instant(149), suspicion: suspicion)
    let early = health.isSuspect(peer, at: instant(149))
    health.expire(at: instant(150), suspicion: suspicion)
    let suspected = health.isSuspect(peer, at: instant(150))
    let other = health.isSuspect(NodeID(8), at: instant(150))
    let deadline = health.nextDeadline
    let late = health.isSuspect(peer, at: instant(1_150))
    #expect(!early)
    #expect(suspected)
    #expect(!other)
    #expect(deadline == instant(1_150))
    #expect(!late)
  }

  @Test func `spans double up to 32 times while the peer stays silent`() {
    var health = PeerHealth()
    var now = instant(0)
    var spans: [Nanoseconds] = []
    for _ in 0..<8 {
      let ping = health.noteTimeout(peer, at: now, pingTimeout: 50)
      #expect(ping)
      now = now + 50
      health.expire(at: now, suspicion: suspicion)
      let end = health.nextDeadline
      spans.append(end - now)
      now = end
      health.expire(at: now, suspicion: suspicion)
      let waits = health.nextDeadline
      #expect(waits == .never)
    }
    #expect(spans == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000, 32_000])
  }

  @Test func `an answer forgives all strikes, and so does a long time`() {
    var health = PeerHealth()
    _ = health.noteTimeout(peer, at: instant(0), pingTimeout: 50)
    health.expire(at: instant(50), suspicion: suspicion)
    health.expire(at: instant(1_050), suspicion: suspicion)
    let onTrial = health.troubledPeers
    health.expire(at: instant(33_050), suspicion: suspicion)
    let forgotten = health.troubledPeers
    #expect(onTrial == 1)
    #expect(forgotten == 0)
  }

  @Test func `a full table gives up the row that ends soonest`() {
    var health = PeerHealth()
    for ordinal in 0..<16 as Range<UInt16> {
      let timeout: Nanoseconds = ordinal == 5 ? 10 : 100
      _ = health.noteTimeout(NodeID(ordinal), at: instant(0), pingTimeout: timeout)
    }
    _ = health.noteTimeout(NodeID(99), at: instant(1), pingTimeout: 200)
    health.expire(at: instant(300), suspicion: suspicion)
    let troubled = health.troubledPeers
    let replaced = health.isSuspect(NodeID(5), at: instant(300))
    let kept = health.isSuspect(NodeID(15), at: instant(300))
    let newest = health.isSuspect(NodeID(99), at: instant(300))
    #expect(troubled == 16)
    #expect(!replaced)
    #expect(kept)
    #expect(newest)
  }

  @Test func `who left the cell is forgotten`() {
    var health = PeerHealth()
    for ordinal in [1, 3, 5] as [UInt16] {
      _ = health.noteTimeout(NodeID(ordinal), at: instant(0), pingTimeout: 10)
    }
    health.expire(at: instant(10), suspicion: suspicion)
    let view = ClusterView(version: 1, capacity: 8, members: [Member(node: NodeID(3))])
    health.forgetStrangers(to: view.handle)
    let stays = health.isSuspect(NodeID(3), at: instant(20))
    let gone = health.isSuspect(NodeID(5), at: instant(20))
    #expect(stays)
    #expect(!gone)
  }
}
