internal import TarnTraceFormat

/// Bytes that follow from an object's name and the offset alone: an origin needs no disk to serve
/// them, and whoever reads any part of them can tell whether it is right.
///
/// Eight bytes at offset 8 i are SplitMix64's output i for the seed (Steele, Lea and Flood, "Fast
/// Splittable Pseudorandom Number Generators", OOPSLA 2014), little-endian. The seed is the name's XXH64.
struct GeneratedContent: Sendable, Equatable {
  private let seed: UInt64

  init(ofObject name: String) { seed = XXHash64.hash(Array(name.utf8)) }

  /// An entity tag that other objects, and this one with other bytes, do not have.
  func entityTag(size: UInt64) -> String {
    let digits = String(GeneratedContent.mix(seed ^ size), radix: 16)
    return "\"\(String(repeating: "0", count: 16 - digits.count))\(digits)\""
  }

  /// Writes the bytes from `offset` on into all of `target`.
  func fill(_ target: UnsafeMutableRawBufferPointer, from offset: UInt64) {
    var done = 0
    while done < target.count {
      let place = offset &+ UInt64(done)
      let skip = Int(place & 7)
      let word = word(place &>> 3)
      if skip == 0, target.count &- done >= 8 {
        target.storeBytes(of: word.littleEndian, toByteOffset: done, as: UInt64.self)
        done &+= 8
        continue
      }
      let count = min(8 &- skip, target.count &- done)
      for index in 0..<count {
        target[done &+ index] = UInt8(truncatingIfNeeded: word &>> (8 * (skip + index)))
      }
      done &+= count
    }
  }

  /// The offset of the first byte of `piece` that is not the object's; nil if all are. `piece` lies at
  /// `offset`.
  func firstDifference(in piece: UnsafeRawBufferPointer, at offset: UInt64) -> UInt64? {
    var done = 0
    while done < piece.count {
      let place = offset &+ UInt64(done)
      let skip = Int(place & 7)
      let word = word(place &>> 3)
      if skip == 0, piece.count &- done >= 8,
        piece.loadUnaligned(fromByteOffset: done, as: UInt64.self) == word.littleEndian
      {
        done &+= 8
        continue
      }
      let count = min(8 &- skip, piece.count &- done)
      for index in 0..<count
      where piece[done &+ index] != UInt8(truncatingIfNeeded: word &>> (8 * (skip + index))) {
        return place &+ UInt64(index)
      }
      done &+= count
    }
    return nil
  }

  private func word(_ index: UInt64) -> UInt64 {
    GeneratedContent.mix(seed &+ (index &+ 1) &* 0x9E37_79B9_7F4A_7C15)
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = (value ^ (value &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed &>> 31)
  }
}
