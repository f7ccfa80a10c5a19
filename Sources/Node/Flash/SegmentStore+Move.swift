public import TarnCore

/// Moves: the entry in the index says whose block it is, then the block is read, verified, and
/// written like any other, in its stored form.
extension SegmentStore {
  public func move(
    from: FlashExtent, to: FlashExtent, completion: @escaping (FlashStatus) -> Void
  ) {
    precondition(from.length == to.length, "a move keeps the length")
    precondition(geometry.contains(to), "\(to) lies outside of the log")
    let operation = FlashOperation(
      .move, source: from, target: to, payload: nil, completion: completion)
    guard begin(operation), mayWrite(operation) else { return }
    enter(operation)
    guard let record = record(at: from), let source = lives[Int(from.segment)] else {
      noteCorrupt(from, "nothing of this length is stored there")
      return endLater(operation, .corrupt)
    }
    readEntry(operation, record, source)
  }

  private func readEntry(
    _ operation: FlashOperation, _ record: FlashRecord, _ source: SegmentLife
  ) {
    let lives = source.livesOver
    let page = Int(record.entry) / FlashGeometry.entriesInPage
    let place = Int(record.entry) % FlashGeometry.entriesInPage * FlashEntry.byteCount
    let memory = PagedBytes(FlashGeometry.pageBytes)
    let transfer = FlashTransfer(
      .read, file: folder.index,
      offset: geometry.entryPageOffset(operation.source.segment, page: page)
    ) { [self] transfer in
      transferEnded()
      guard source.livesOver == lives else { return end(operation, .failed) }
      guard transfer.error == 0 else {
        return readFailed(operation, transfer.error)
      }
      let entry = memory.bytes.baseAddress.flatMap { FlashEntry(decoding: $0 + place) }
      guard let entry, entry.extent == operation.source, entry.generation == source.generation,
        entry.seal == record.seal
      else {
        noteCorrupt(operation.source, "its index entry is damaged")
        return end(operation, .corrupt)
      }
      operation.key = entry.key
      operation.tenant = entry.tenant
      readBlock(operation, record) { [self] in writeMoved(operation) }
    }
    transfer.bytes = memory.bytes
    start(transfer)
  }

  private func writeMoved(_ operation: FlashOperation) {
    guard life(operation.target.segment).livesOver == operation.life else {
      return end(operation, .failed)
    }
    writeWhenOpen(operation)
  }
}
