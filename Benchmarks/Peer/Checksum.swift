import CKernel
import TarnNode

/// What the payload's checksum costs alone.
enum Checksum {
  static func measure() {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: 256 << 20, alignment: 4_096)
    defer { bytes.deallocate() }
    memset64(bytes)
    for (name, block) in [("blocks of 4 MiB", 4 << 20), ("pieces of 512 KiB, in cache", 0)] {
      let start = threadSeconds()
      var sum: UInt64 = 0
      let piece = block == 0 ? 512 << 10 : block
      let count = (1 << 30) / piece
      for index in 0..<count {
        let offset = block == 0 ? 0 : index * piece % (256 << 20)
        sum &+= tarn_xxh3(bytes + offset, piece)
      }
      let seconds = threadSeconds() - start
      print(
        "XXH3 of \(name): \(text(Double(count * piece) / seconds / 1e9, decimals: 1)) GB/s of one core (\(sum & 1))"
      )
    }
  }

  private static func memset64(_ bytes: UnsafeMutableRawPointer) {
    for offset in stride(from: 0, to: 256 << 20, by: 8) {
      bytes.storeBytes(of: UInt64(offset), toByteOffset: offset, as: UInt64.self)
    }
  }
}
