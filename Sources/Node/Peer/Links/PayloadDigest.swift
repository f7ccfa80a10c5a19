internal import CKernel

/// XXH3-64 of bytes that come piece by piece. Confined to one event loop.
final class PayloadDigest {
  private let state: OpaquePointer

  init() {
    guard let state = tarn_xxh3_create() else {
      preconditionFailure("600 bytes for a checksum could not be allocated: no memory is left")
    }
    self.state = state
  }

  deinit { tarn_xxh3_free(state) }

  /// Forgets what was taken.
  func restart() { tarn_xxh3_reset(state) }
  func take(_ bytes: UnsafeRawBufferPointer) {
    tarn_xxh3_update(state, bytes.baseAddress, bytes.count)
  }
  /// The hash of everything taken since the start.
  var value: UInt64 { tarn_xxh3_digest(state) }

  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    tarn_xxh3(bytes.baseAddress, bytes.count)
  }
}
