public import TarnCore

/// Reads, and their failures.
extension SegmentStore {
  public func read(
    _ extent: FlashExtent, key: BlockKey, into payload: Payload,
    completion: @escaping (FlashStatus) -> Void
  ) {
    let operation = FlashOperation(
      .read, source: extent, target: extent, key: key, payload: payload, completion: completion)
    precondition(payload.count == Int(extent.length), "a payload has the extent's length")
    guard begin(operation) else { return }
    guard let record = record(at: extent) else {
      noteCorrupt(extent, "nothing of this length is stored there")
      return endLater(operation, .corrupt)
    }
    readBlock(operation, record) { [self] in
      statistics.count { $0.reads += 1 }
      end(operation, .ok)
    }
  }

  /// What is stored at the extent.
  func record(at extent: FlashExtent) -> FlashRecord? {
    guard geometry.contains(extent), let life = lives[Int(extent.segment)],
      let record = life.record(at: extent), FlashOperation.fits(record, extent)
    else { return nil }
    return record
  }

  /// Reads and verifies the block at `operation.source`; `next` runs if it is whole.
  func readBlock(
    _ operation: FlashOperation, _ record: FlashRecord, next: @escaping () -> Void
  ) {
    let segment = life(operation.source.segment)
    let lives = segment.livesOver
    let transfer = FlashTransfer(
      .read, file: folder.blocks, offset: geometry.blocksOffset(operation.source)
    ) { [self] transfer in
      transferEnded()
      // Given up by the core: what lies there now is another block, and nothing is wrong with it.
      guard segment.livesOver == lives else { return end(operation, .failed) }
      guard transfer.error == 0 else { return readFailed(operation, transfer.error) }
      readWorked()
      statistics.count { $0.bytesRead += UInt64(transfer.bytes.count) }
      guard operation.status == .ok else {
        noteCorrupt(operation.source, "its checksum does not match")
        return end(operation, .corrupt)
      }
      next()
    }
    transfer.bytes = operation.readingPlace(record)
    transfer.after = { operation.verify($0.bytes) }
    start(transfer)
  }

  private func readWorked() {
    let wasTripped = reading.isTripped
    reading.succeeded()
    if wasTripped { showHealth() }
  }

  func readFailed(_ operation: FlashOperation, _ code: CInt) {
    statistics.count { $0.readsFailed += 1 }
    let place = describe(operation.source)
    reports.warn(.readFailed, at: now, "reading \(place) failed (\(systemError(code)))")
    if reading.failed("reads fail: \(systemError(code))", at: now) { showHealth() }
    end(operation, .failed)
  }

  func noteCorrupt(_ extent: FlashExtent, _ why: String) {
    statistics.count { $0.corrupt += 1 }
    reports.warn(.corrupt, at: now, "\(describe(extent)) is not what was written: \(why)")
  }

  func describe(_ extent: FlashExtent) -> String {
    "\(extent.length) bytes at \(extent.offset) of segment \(extent.segment)"
  }

  /// Publishes how the device does.
  func showHealth() {
    if writing.isTripped {
      statistics.set(.degraded(reason: writing.reason))
    } else if reading.isTripped {
      statistics.set(.degraded(reason: reading.reason))
    } else {
      statistics.set(.ok)
    }
  }
}
