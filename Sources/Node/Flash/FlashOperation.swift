internal import TarnCore

/// A block's place and form in its segment, as memory remembers it: 16 bytes a block.
///
/// Key, tenant and length are not here: a read brings the key and the length, and the seal tells
/// whether they are right; a move reads the entry from the index.
struct FlashRecord: BitwiseCopyable, Sendable {
  /// From the top: 20 bits page in the segment, 20 bits number of the index entry, 20 bits stored
  /// pages less one, 3 bits unused, 1 bit for lz4. A segment of 4 GiB has 2^20 pages.
  private var word: UInt64
  var seal: UInt64

  init(page: UInt32, entry: UInt32, storedPages: UInt32, isCompressed: Bool, seal: UInt64) {
    word =
      UInt64(page) << 44 | UInt64(entry) << 24 | UInt64(storedPages - 1) << 4
      | (isCompressed ? 1 : 0)
    self.seal = seal
  }

  var page: UInt32 { UInt32(truncatingIfNeeded: word >> 44) }
  var entry: UInt32 { UInt32(truncatingIfNeeded: word >> 24) & 0xF_FFFF }
  var storedPages: UInt32 { UInt32(truncatingIfNeeded: word >> 4) & 0xF_FFFF + 1 }
  var isCompressed: Bool { word & 1 == 1 }
}

/// A read, write or move from its call to its end.
final class FlashOperation: @unchecked Sendable {
  enum Kind: Sendable { case read, write, move }

  let kind: Kind
  /// Where the bytes come from: reads and moves.
  let source: FlashExtent
  /// Where they go: writes and moves. For reads the same as `source`.
  let target: FlashExtent
  /// What a move finds in the index.
  var key: BlockKey
  var tenant: TenantID
  let payload: Payload?
  /// Memory of our own, where the payload's can't be handed to the device.
  var pages: PagedBytes?
  var seal: UInt64 = 0
  var storedLength: UInt32 = 0
  var isCompressed = false
  /// The target segment's lives before the one to which this belongs.
  var life: UInt32 = 0
  var status = FlashStatus.ok
  /// Tries whether the device takes writes again.
  var isProbe = false
  private let completion: (FlashStatus) -> Void

  init(
    _ kind: Kind, source: FlashExtent, target: FlashExtent,
    key: BlockKey = BlockKey(high: 0, low: 0), tenant: TenantID = TenantID(0), payload: Payload?,
    completion: @escaping (FlashStatus) -> Void
  ) {
    self.kind = kind
    self.source = source
    self.target = target
    self.key = key
    self.tenant = tenant
    self.payload = payload
    self.completion = completion
  }

  /// Tells the caller; once, on the event loop.
  func complete() { completion(status) }

  /// The space of the stored bytes.
  var storedFootprint: Int { Int(FlashLog.footprint(storedLength)) }

  /// The payload's own memory, if the device can use it.
  private func payloadPages(_ payload: Payload, _ count: Int) -> UnsafeMutableRawBufferPointer? {
    guard let base = payload.bytes.baseAddress, payload.capacity >= count,
      UInt(bitPattern: base).isMultiple(of: UInt(FlashGeometry.pageBytes))
    else { return nil }
    return UnsafeMutableRawBufferPointer(start: base, count: count)
  }

  // MARK: Writing

  /// Brings the block into its stored form and seals it: whole pages, zero behind the end.
  func prepare(compressing: Bool) -> UnsafeMutableRawBufferPointer {
    guard let payload else { preconditionFailure("a write has a payload") }
    if compressing, let compressed = BlockCompression.compress(payload.bytes) {
      pages = compressed.pages
      isCompressed = true
      storedLength = UInt32(compressed.count)
      return sealed(
        UnsafeMutableRawBufferPointer(rebasing: compressed.pages.bytes[..<storedFootprint]))
    }
    storedLength = target.length
    let count = storedFootprint
    if let direct = payloadPages(payload, count) {
      // Behind the block lie bytes that are no one's business; no reader of the payload sees them.
      for index in payload.count..<count { direct[index] = 0 }
      return sealed(direct)
    }
    let copy = PagedBytes(count)
    copy.bytes.copyMemory(from: UnsafeRawBufferPointer(payload.bytes))
    copy.clear(from: payload.count)
    pages = copy
    return sealed(copy.bytes)
  }

  private func sealed(_ stored: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
    let bytes = UnsafeRawBufferPointer(rebasing: stored[..<Int(storedLength)])
    seal = FlashEntry.seal(bytes, key: key, length: target.length)
    return stored
  }

  // MARK: Reading

  /// Memory into which the device reads the stored pages.
  func readingPlace(_ record: FlashRecord) -> UnsafeMutableRawBufferPointer {
    let count = Int(record.storedPages) * FlashGeometry.pageBytes
    seal = record.seal
    isCompressed = record.isCompressed
    storedLength = source.length
    if !isCompressed, let payload, let direct = payloadPages(payload, count) { return direct }
    let pages = PagedBytes(count)
    self.pages = pages
    return pages.bytes
  }

  /// Whether the record can be of a block of the length that the caller names.
  static func fits(_ record: FlashRecord, _ extent: FlashExtent) -> Bool {
    let pages = FlashLog.footprint(extent.length) / FlashLog.alignmentBytes
    return record.isCompressed ? record.storedPages < pages : record.storedPages == pages
  }

  /// Verifies what the device read, then brings it into the payload if there is one.
  func verify(_ stored: UnsafeMutableRawBufferPointer) {
    var count = Int(source.length)
    if isCompressed {
      guard let length = BlockCompression.storedCount(stored) else { return status = .corrupt }
      count = length
    }
    storedLength = UInt32(count)
    let bytes = UnsafeRawBufferPointer(rebasing: stored[..<count])
    guard FlashEntry.seal(bytes, key: key, length: source.length) == seal else {
      return status = .corrupt
    }
    guard let payload else { return }
    if isCompressed {
      if !BlockCompression.expand(bytes, into: payload.bytes) { status = .corrupt }
    } else if pages != nil {
      payload.bytes.copyMemory(from: bytes)
    }
  }
}
