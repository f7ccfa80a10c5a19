import Testing

@testable import TarnSim

/// Policies and capacities as a command line names them.
@Suite struct ReplayPolicyTests {
  private func refusal(_ text: String) -> String {
    do throws(ReplayError) {
      _ = try ReplayPolicy.list(parsing: text)
      return "accepted"
    } catch { return error.description }
  }

  private func capacityRefusal(_ text: String) -> String {
    do throws(ReplayError) {
      _ = try ReplayCapacity.list(parsing: text)
      return "accepted"
    } catch { return error.description }
  }

  @Test func `every policy is known by its name`() throws {
    for name in ReplayPolicy.names {
      let policy = try ReplayPolicy(parsing: name)
      #expect(policy.name == name)
      #expect(policy.label == name)
    }
    let wanted = [
      "lru", "fifo", "clock", "sieve", "s3fifo", "arc", "2q", "lirs", "lfu", "gdsf", "wtinylfu",
      "lhd", "belady", "belady-size",
    ]
    #expect(Set(wanted).isSubset(of: ReplayPolicy.names))
  }

  @Test func `commas separate policies and parameters`() throws {
    let policies = try ReplayPolicy.list(parsing: "lru,s3fifo:small=0.2,ghost=50%,2q")
    #expect(policies.map(\.label) == ["lru", "s3fifo:small=0.2,ghost=0.5", "2q"])
    #expect(policies.map(\.name) == ["lru", "s3fifo", "2q"])
  }

  @Test func `a parameter at its default does not show`() throws {
    #expect(try ReplayPolicy(parsing: "s3fifo:small=0.1,threshold=2").label == "s3fifo")
    #expect(try ReplayPolicy(parsing: "2q:in=0.3").label == "2q:in=0.3")
    #expect(try ReplayPolicy(parsing: "wtinylfu:window=0.015").label == "wtinylfu:window=0.015")
  }

  @Test func `an unknown policy is answered with the nearest`() {
    #expect(refusal("lru,s3fif") == "policy 's3fif' is unknown; did you mean s3fifo?")
    #expect(refusal("seive") == "policy 'seive' is unknown; did you mean sieve?")
    #expect(refusal("").hasPrefix("no policy is named"))
  }

  @Test func `a wrong parameter is answered with its name and bounds`() {
    #expect(
      refusal("s3fifo:smal=0.1")
        == "policy s3fifo has no parameter 'smal'; did you mean small?")
    #expect(
      refusal("s3fifo:small=1.5") == "policy s3fifo: small=1.5 is not from 0.001 to 0.999")
    #expect(refusal("lru:x=1") == "policy lru has no parameter 'x'; it has no parameters")
    #expect(refusal("belady:x=1") == "policy belady has no parameters; leave out :x=1")
    #expect(refusal("s3fifo:small").contains("write parameters as name=value"))
  }

  @Test func `a capacity is a share, a size or a number`() throws {
    let capacities = try ReplayCapacity.list(parsing: "0.1%,1%, 4GiB,100_000")
    #expect(
      capacities == [.share(0.001), .share(0.01), .bytes(4_294_967_296), .plain(100_000)])
    #expect(try capacities[0].resolve(footprint: 186_880, isSized: false) == 186)
    #expect(try capacities[0].resolve(footprint: 10, isSized: false) == 1)
    #expect(try capacities[2].resolve(footprint: 1, isSized: true) == 4_294_967_296)
    #expect(throws: ReplayError.self) {
      _ = try capacities[2].resolve(footprint: 1, isSized: false)
    }
  }

  @Test func `a capacity of nothing and nonsense are refused`() {
    #expect(capacityRefusal("0").contains("is zero"))
    #expect(capacityRefusal("0%").contains("is nothing"))
    #expect(capacityRefusal("-5").contains("is no capacity"))
    #expect(capacityRefusal("4Gib").contains("is no capacity"))
    #expect(capacityRefusal("ten").contains("is no capacity"))
    #expect(capacityRefusal("").hasPrefix("no capacity is named"))
  }
}
