internal import CKernel
internal import TarnCore

@testable internal import TarnNode

extension FuzzTarget {
  /// Entries and headers of the flash index, checksums made right: what is read is written as the
  /// same bytes, and blocks lie within their segment.
  static let flashEntry = FuzzTarget("flash-entry", longestInput: 65) { input in
    let geometry = FlashGeometry(segmentBytes: 1 << 26, segmentCount: 64)
    if input.byte() & 1 == 1 {
      checkHeader(&input)
      return
    }
    var bytes = input.bytes(FlashEntry.byteCount)
    bytes += repeatElement(0, count: FlashEntry.byteCount - bytes.count)
    let checksum = bytes.withUnsafeBytes { tarn_xxh3($0.baseAddress, 56) }
    bytes.put(checksum, at: 56)
    guard let entry = bytes.withUnsafeBytes({ $0.baseAddress.flatMap(FlashEntry.init(decoding:)) })
    else { return }
    var again = [UInt8](repeating: 0xFF, count: FlashEntry.byteCount)
    again.withUnsafeMutableBytes { if let place = $0.baseAddress { entry.encode(to: place) } }
    demand(again == bytes, "an entry changes when it is written anew")
    guard geometry.contains(entry.extent) else { return }
    let end = geometry.blocksOffset(entry.extent) + Int(entry.storedLength)
    demand(
      end <= geometry.blocksOffset(entry.extent.segment + 1), "a block ends behind its segment")
    bytes[Int(entry.storedLength % 56)] ^= 1
    demand(
      bytes.withUnsafeBytes { $0.baseAddress.flatMap(FlashEntry.init(decoding:)) } == nil,
      "a damaged entry is accepted")
  }

  private static func checkHeader(_ input: inout FuzzInput) {
    let segment = input.number(UInt32.self)
    var bytes = input.bytes(32)
    bytes += repeatElement(0, count: 32 - bytes.count)
    bytes.put(bytes.withUnsafeBytes { tarn_xxh3($0.baseAddress, 24) }, at: 24)
    let generation = bytes.withUnsafeBytes {
      $0.baseAddress.flatMap { FlashHeader.decode($0, segment: segment) }
    }
    guard let generation, generation > 0 else { return }
    var again = [UInt8](repeating: 0, count: 32)
    again.withUnsafeMutableBytes {
      guard let page = $0.baseAddress else { return }
      FlashHeader.encode(generation: generation, segment: segment, to: page)
    }
    demand(again == bytes, "a segment's header changes when it is written anew")
  }

  /// Superblocks, checksum made right or as it came: what is accepted is what would be written.
  static let flashSuperblock = FuzzTarget("flash-superblock", longestInput: 256) { input in
    let makesRight = input.byte() & 1 == 1
    var bytes = input.rest()
    if makesRight {
      let digits = String(bytes.withUnsafeBytes { tarn_xxh3($0.baseAddress, $0.count) }, radix: 16)
      let zeros = String(repeating: "0", count: 16 - digits.count)
      bytes += Array("checksum \(zeros)\(digits)\n".utf8)
    }
    do throws(FlashError) {
      let block = try FlashSuperblock(decoding: bytes, folder: "here")
      demand(block.text.utf8.elementsEqual(bytes), "a superblock changes when it is written anew")
      try block.check(against: block, folder: "here")
    } catch { demand("\(error)".contains("here"), "an error does not name the folder: \(error)") }
  }

  /// Keys as paths: no component leads out of the folder or into the hidden one.
  static let folderPath = FuzzTarget("folder-path", longestInput: 640) { input in
    let key = input.text()
    guard let path = FolderPath(key: key) else { return }
    let components = path.text.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
    demand(
      components.allSatisfy {
        (1...255).contains($0.count) && !$0.contains(0) && !$0.elementsEqual("..".utf8)
          && !$0.elementsEqual(".".utf8)
      }, "\(key) leads elsewhere")
    demand(!components[0].elementsEqual(".tarn-uploads".utf8), "\(key) lies among the uploads")
    demand(path.ancestors.count == components.count - 1, "\(key) has other folders")
    let joined = path.parent.isEmpty ? path.name : "\(path.parent)/\(path.name)"
    demand(areEqualBytes(joined, key), "\(key) changes")
  }
}
