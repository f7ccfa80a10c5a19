import Testing

@testable import TarnSim
@testable import TarnSettings

@Suite struct `Units` {
  @Test(
    arguments: [
      ("0B", 0), ("1B", 1), ("4KB", 4_000), ("4KiB", 4_096), ("5MB", 5_000_000),
      ("4MiB", 4_194_304), ("1.5GB", 1_500_000_000), ("1.5 GiB", 1_610_612_736),
      ("5.29TB", 5_290_000_000_000), ("1TiB", 1_099_511_627_776), ("2PB", 2_000_000_000_000_000),
      ("1PiB", 1_125_899_906_842_624), ("1_000B", 1_000),
    ] as [(String, UInt64)])
  func `sizes become bytes`(text: String, bytes: UInt64) throws {
    #expect(try UnitTable.size.read(text) == bytes)
  }

  @Test(
    arguments: [
      ("8b/s", 1), ("8Kb/s", 1_000), ("100Mb/s", 12_500_000), ("160Gb/s", 20_000_000_000),
      ("1Tb/s", 125_000_000_000), ("7B/s", 7), ("7KB/s", 7_000), ("500MB/s", 500_000_000),
      ("6.5GB/s", 6_500_000_000), ("2TB/s", 2_000_000_000_000), ("1KiB/s", 1_024),
      ("1MiB/s", 1_048_576), ("20GiB/s", 21_474_836_480), ("1TiB/s", 1_099_511_627_776),
    ] as [(String, UInt64)])
  func `rates of bits and bytes become bytes a second`(text: String, rate: UInt64) throws {
    #expect(try UnitTable.rate.read(text) == rate)
  }

  @Test(
    arguments: [
      ("3ns", 3), ("100us", 100_000), ("1.6ms", 1_600_000), ("60s", 60_000_000_000),
      ("15m", 900_000_000_000), ("2h", 7_200_000_000_000), ("1d", 86_400_000_000_000),
    ] as [(String, UInt64)])
  func `durations become nanoseconds`(text: String, nanoseconds: UInt64) throws {
    #expect(try UnitTable.duration.read(text) == nanoseconds)
  }

  @Test(
    arguments: [
      ("7", 7), ("40_000", 40_000), ("40k", 40_000), ("1.5M", 1_500_000), ("2G", 2_000_000_000),
    ] as [(String, UInt64)])
  func `counts may be grouped and abbreviated`(text: String, count: UInt64) throws {
    #expect(try UnitTable.count.read(text) == count)
  }

  @Test(arguments: [UnitTable.size, .rate, .duration, .count, .frequency])
  func `nothing needs no unit`(table: UnitTable) throws {
    #expect(try table.read("0") == 0)
  }

  @Test(
    arguments: [("500/s", 500), ("40k/s", 40_000), ("2.4M/s", 2_400_000)] as [(String, UInt64)])
  func `frequencies are counts a second`(text: String, frequency: UInt64) throws {
    #expect(try UnitTable.frequency.read(text) == frequency)
  }

  @Test(arguments: [("0.25", 0.25), ("25%", 0.25), ("1/64", 0.015625), ("0", 0), ("100%", 1)])
  func `shares are decimals, percentages or fractions`(text: String, share: Double) throws {
    #expect(try readShare(text) == share)
  }

  @Test(arguments: [
    (
      UnitTable.size, "64",
      "64 has no unit; a size takes one of B, KB, MB, GB, TB, PB, KiB, MiB, GiB, TiB, PiB, as in 4MiB"
    ),
    (.size, "4mib", "4mib has an unknown unit, mib; did you mean 4MiB?"),
    (
      .size, "4 blocks",
      "4 blocks has an unknown unit, blocks; a size takes one of B, KB, MB, GB, TB, PB, KiB, MiB, GiB, TiB, PiB"
    ),
    (.size, "much", "'much' is not a size; write it like 4MiB"),
    (.size, "9000PiB", "9000PiB is too large for a size"),
    (.size, "-1B", "-1B is negative; give 0 or more"),
    (.rate, "160Gbps", "160Gbps has an unknown unit, Gbps; did you mean 160Gb/s?"),
    (.duration, "5", "5 has no unit; a duration takes one of ns, us, ms, s, m, h, d, as in 60s"),
    (.duration, "5µs", "5µs has an unknown unit, µs; did you mean 5us?"),
    (.count, "1.5", "1.5 is not a whole number"),
    (.frequency, "40k", "40k has an unknown unit, k; a number a second takes one of /s, k/s, M/s"),
  ])
  func `a bad quantity is refused with the cure`(table: UnitTable, text: String, message: String) {
    #expect(throws: ValueProblem(message)) { try table.read(text) }
  }

  @Test(arguments: [
    ("1.5", "1.5 is not a share; give one from 0 to 1, or from 0% to 100%"),
    ("-1%", "-1% is not a share; give one from 0 to 1, or from 0% to 100%"),
    ("1/0", "'1/0' is not a share; write it like 0.25, 25% or 1/4"),
    ("half", "'half' is not a share; write it like 0.25, 25% or 1/4"),
    ("nan", "'nan' is not a share; write it like 0.25, 25% or 1/4"),
  ])
  func `a bad share is refused with the cure`(text: String, message: String) {
    #expect(throws: ValueProblem(message)) { try readShare(text) }
  }

  @Test(arguments: [
    ("acounts", "did you mean accounts?"), ("acconuts", "did you mean accounts?"),
    ("zebra", "use one of accounts, bytes"),
  ])
  func `a misspelt name gets the nearest one`(text: String, suggested: String) {
    #expect(suggestion(for: text, among: ["accounts", "bytes"]) == suggested)
  }
}
