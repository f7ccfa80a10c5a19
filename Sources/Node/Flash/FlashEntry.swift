internal import CKernel
internal import TarnCore

/// What the index says of one block: 64 bytes, little-endian.
///
/// | bytes | what |
/// | --- | --- |
/// | 0 | key, high half, then low half |
/// | 16 | generation: the life of the segment in which the block was written |
/// | 24 | seal: XXH3 of the stored bytes, exclusive-or `binding` |
/// | 32 | offset in the segment |
/// | 36 | length of the block |
/// | 40 | length as stored; less than the block's if it is compressed |
/// | 44 | segment |
/// | 48 | tenant, 2 bytes; flags, 2 bytes: bit 0 for lz4; 4 bytes zero |
/// | 56 | XXH3 of the 56 bytes before |
struct FlashEntry: BitwiseCopyable, Sendable, Equatable {
  static let byteCount = 64

  var key: BlockKey
  var tenant: TenantID
  var extent: FlashExtent
  var generation: UInt64
  var seal: UInt64
  var storedLength: UInt32
  var isCompressed: Bool

  /// Ties a seal to the block's name and length: bytes that are whole but another block's do not
  /// match either.
  static func binding(_ key: BlockKey, length: UInt32) -> UInt64 {
    let words = (key.high.littleEndian, key.low.littleEndian, UInt64(length).littleEndian)
    return withUnsafeBytes(of: words) { tarn_xxh3($0.baseAddress, $0.count) }
  }

  /// The seal of these stored bytes as this block.
  static func seal(_ stored: UnsafeRawBufferPointer, key: BlockKey, length: UInt32) -> UInt64 {
    tarn_xxh3(stored.baseAddress, stored.count) ^ binding(key, length: length)
  }

  /// Writes the entry over the 64 bytes at `place`.
  func encode(to place: UnsafeMutableRawPointer) {
    func put<Word: FixedWidthInteger & BitwiseCopyable>(_ word: Word, at offset: Int) {
      place.storeBytes(of: word.littleEndian, toByteOffset: offset, as: Word.self)
    }
    put(key.high, at: 0)
    put(key.low, at: 8)
    put(generation, at: 16)
    put(seal, at: 24)
    put(extent.offset, at: 32)
    put(extent.length, at: 36)
    put(storedLength, at: 40)
    put(extent.segment, at: 44)
    put(tenant.rawValue, at: 48)
    put(UInt16(isCompressed ? 1 : 0), at: 50)
    put(UInt32(0), at: 52)
    put(tarn_xxh3(place, 56), at: 56)
  }

  /// The entry at `place`; nil if those 64 bytes are not what `encode` wrote.
  init?(decoding place: UnsafeRawPointer) {
    func get<Word: FixedWidthInteger & BitwiseCopyable>(_: Word.Type, at offset: Int) -> Word {
      Word(littleEndian: place.loadUnaligned(fromByteOffset: offset, as: Word.self))
    }
    // Entry space that was never written is zero; it is not worth a checksum.
    let length = get(UInt32.self, at: 36)
    guard length > 0, get(UInt64.self, at: 56) == tarn_xxh3(place, 56) else { return nil }
    let flags = get(UInt16.self, at: 50)
    guard flags <= 1, get(UInt32.self, at: 52) == 0 else { return nil }
    key = BlockKey(high: get(UInt64.self, at: 0), low: get(UInt64.self, at: 8))
    tenant = TenantID(get(UInt16.self, at: 48))
    extent = FlashExtent(
      segment: get(UInt32.self, at: 44), offset: get(UInt32.self, at: 32), length: length)
    generation = get(UInt64.self, at: 16)
    seal = get(UInt64.self, at: 24)
    storedLength = get(UInt32.self, at: 40)
    isCompressed = flags == 1
    guard storedLength > 0, storedLength <= length, isCompressed == (storedLength < length) else {
      return nil
    }
  }

  init(
    key: BlockKey, tenant: TenantID, extent: FlashExtent, generation: UInt64, seal: UInt64,
    storedLength: UInt32, isCompressed: Bool
  ) {
    self.key = key
    self.tenant = tenant
    self.extent = extent
    self.generation = generation
    self.seal = seal
    self.storedLength = storedLength
    self.isCompressed = isCompressed
  }
}

/// The first page of a segment's index area: which life the segment is in. Entries of another
/// generation are of an earlier life, and nothing of them is left.
enum FlashHeader {
  static let magic: UInt64 = 0x3147_4553_4e52_4154  // "TARNSEG1", little-endian

  static func encode(generation: UInt64, segment: UInt32, to page: UnsafeMutableRawPointer) {
    page.storeBytes(of: magic.littleEndian, as: UInt64.self)
    page.storeBytes(of: generation.littleEndian, toByteOffset: 8, as: UInt64.self)
    page.storeBytes(of: UInt64(segment).littleEndian, toByteOffset: 16, as: UInt64.self)
    page.storeBytes(of: tarn_xxh3(page, 24).littleEndian, toByteOffset: 24, as: UInt64.self)
  }

  /// The generation; 0 if the segment never had a life, nil if the page is damaged.
  static func decode(_ page: UnsafeRawPointer, segment: UInt32) -> UInt64? {
    func get(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: page.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    if get(0) == 0, get(8) == 0, get(16) == 0, get(24) == 0 { return 0 }
    guard get(0) == magic, get(16) == UInt64(segment), get(24) == tarn_xxh3(page, 24), get(8) > 0
    else { return nil }
    return get(8)
  }
}
