/// Bytes that grow at their end: what the encoders write into. Little-endian throughout.
package struct ByteSink: ~Copyable {
  private var storage: UnsafeMutableRawBufferPointer
  package private(set) var count = 0

  package init(capacity: Int = 1 << 16) {
    storage = .allocate(byteCount: capacity, alignment: 64)
  }

  deinit { storage.deallocate() }

  /// What was written.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<count]) }

  /// Forgets all bytes and keeps the memory.
  package mutating func removeAll() { count = 0 }

  /// Appends `value`, 1 to 8 bytes.
  package mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
    reserve(MemoryLayout<Value>.size)
    storage.storeBytes(of: value.littleEndian, toByteOffset: count, as: Value.self)
    count += MemoryLayout<Value>.size
  }

  /// Appends `other`.
  package mutating func append(_ other: UnsafeRawBufferPointer) {
    reserve(other.count)
    UnsafeMutableRawBufferPointer(rebasing: storage[count...]).copyMemory(from: other)
    count += other.count
  }

  /// Overwrites four bytes that were appended before.
  package mutating func patch(_ value: UInt32, at offset: Int) {
    precondition(offset >= 0 && offset + 4 <= count, "a patch lies in what was written")
    storage.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
  }

  /// Lets `body` write at most `most` bytes at the end; it returns how many it wrote.
  package mutating func append(
    upTo most: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int
  ) {
    reserve(most)
    let written = body(UnsafeMutableRawBufferPointer(rebasing: storage[count..<(count + most)]))
    precondition(written >= 0 && written <= most, "an encoder stays within its room")
    count += written
  }

  private mutating func reserve(_ more: Int) {
    guard count + more > storage.count else { return }
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(storage.count * 2, count + more), alignment: 64)
    larger.copyMemory(from: bytes)
    storage.deallocate()
    storage = larger
  }
}
