import CKernel
import TarnCore
import Testing

@testable import TarnNode

struct FlashEntryTests {
  private static let entry = FlashEntry(
    key: BlockKey(high: 1, low: 2), tenant: TenantID(3),
    extent: FlashExtent(segment: 4, offset: 8192, length: 5000), generation: 5, seal: 6,
    storedLength: 3000, isCompressed: true)

  private static var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0xFF, count: FlashEntry.byteCount)
    bytes.withUnsafeMutableBytes { if let place = $0.baseAddress { entry.encode(to: place) } }
    return bytes
  }

  private static func decoded(_ bytes: [UInt8]) -> FlashEntry? {
    bytes.withUnsafeBytes { $0.baseAddress.flatMap(FlashEntry.init(decoding:)) }
  }

  @Test func `what is written is read`() {
    #expect(FlashEntryTests.decoded(FlashEntryTests.bytes) == FlashEntryTests.entry)
  }

  @Test func `no bit can change`() {
    for bit in 0..<(8 * FlashEntry.byteCount) {
      var bytes = FlashEntryTests.bytes
      bytes[bit / 8] ^= 1 << (bit % 8)
      #expect(FlashEntryTests.decoded(bytes) == nil)
    }
  }

  @Test(arguments: [50, 52, 55])
  func `an entry of a later format is none, though its checksum is right`(place: Int) {
    var bytes = FlashEntryTests.bytes
    bytes[place] |= 2
    let checksum = bytes.withUnsafeBytes { tarn_xxh3($0.baseAddress, 56) }
    withUnsafeBytes(of: checksum.littleEndian) { bytes.replaceSubrange(56..<64, with: $0) }
    #expect(FlashEntryTests.decoded(bytes) == nil)
  }
}
