public import TarnCore
internal import Glibc

/// Writes: the life of the segment, the block, then its entry.
extension SegmentStore {
  public func write(
    _ extent: FlashExtent, key: BlockKey, tenant: TenantID, from payload: Payload,
    completion: @escaping (FlashStatus) -> Void
  ) {
    let operation = FlashOperation(
      .write, source: extent, target: extent, key: key, tenant: tenant, payload: payload,
      completion: completion)
    precondition(payload.count == Int(extent.length), "a payload has the extent's length")
    precondition(geometry.contains(extent), "\(extent) lies outside of the log")
    guard begin(operation), mayWrite(operation) else { return }
    enter(operation)
    writeWhenOpen(operation)
  }

  /// False if the device failed too often just now, and then the operation has failed.
  func mayWrite(_ operation: FlashOperation) -> Bool {
    if writing.allows(at: now) {
      operation.isProbe = writing.isTripped
      return true
    }
    statistics.count { $0.writesRefused += 1 }
    endLater(operation, .failed)
    return false
  }

  func life(_ segment: UInt32) -> SegmentLife {
    if let life = lives[Int(segment)] { return life }
    let life = SegmentLife(segment, generation: 0)
    lives[Int(segment)] = life
    return life
  }

  /// Ties a write to the present life of its segment. What the last run left there is over: the
  /// core takes a segment that it did not recover as empty.
  func enter(_ operation: FlashOperation) {
    let segment = life(operation.target.segment)
    if segment.stage == .recovered { endLife(segment) }
    operation.life = segment.livesOver
  }

  public func discard(_ segment: UInt32) {
    precondition(segment < geometry.segmentCount, "segment \(segment) is not in the log")
    if let life = lives[Int(segment)] { endLife(life) }
  }

  private func endLife(_ segment: SegmentLife) {
    for operation in segment.end() { abandon(operation) }
  }

  /// The segment's life ended before the write did.
  private func abandon(_ operation: FlashOperation) {
    endLater(operation, .failed)
  }

  // MARK: A segment's life

  /// Writes at once, or when the segment's life has begun.
  func writeWhenOpen(_ operation: FlashOperation) {
    let segment = life(operation.target.segment)
    guard segment.stage != .open else { return writeBlock(operation, segment) }
    segment.waiting.append(operation)
    guard segment.stage == .empty else { return }
    if segment.writesUnderWay > 0 {
      statistics.count { $0.heldBack += 1 }
      reports.warn(
        .heldBack, at: now,
        "segment \(segment.number) waits for \(segment.writesUnderWay) late writes: a slow device")
    } else {
      startLife(segment)
    }
  }

  /// Reserves the segment's space if that was never done, then writes its header.
  private func startLife(_ segment: SegmentLife) {
    segment.stage = .starting
    segment.generation += 1
    guard !segment.isReserved else { return writeHeader(segment) }
    let lives = segment.livesOver
    let reserving = FlashTransfer(.work, file: -1, offset: 0) { [self] transfer in
      writeEnded(segment)
      guard transfer.error == 0 else { return lifeFailed(segment, lives, transfer.error) }
      segment.isReserved = true
      if segment.livesOver == lives { writeHeader(segment) } else { startWaiting(segment) }
    }
    reserving.before = { [folder, number = segment.number] _ in folder.reserve(number) }
    startWrite(reserving, segment)
  }

  private func writeHeader(_ segment: SegmentLife) {
    let page = PagedBytes(FlashGeometry.pageBytes)
    page.clear()
    if let base = page.bytes.baseAddress {
      FlashHeader.encode(generation: segment.generation, segment: segment.number, to: base)
    }
    let lives = segment.livesOver
    let transfer = FlashTransfer(
      .write, file: folder.index, offset: geometry.headerOffset(segment.number)
    ) { [self] transfer in
      withExtendedLifetime(page) {}
      writeEnded(segment)
      guard transfer.error == 0 else { return lifeFailed(segment, lives, transfer.error) }
      guard segment.livesOver == lives else { return startWaiting(segment) }
      segment.stage = .open
      let waiting = segment.waiting
      segment.waiting = []
      for operation in waiting { writeBlock(operation, segment) }
    }
    transfer.bytes = page.bytes
    startWrite(transfer, segment)
  }

  private func lifeFailed(_ segment: SegmentLife, _ lives: UInt32, _ code: CInt) {
    guard segment.livesOver == lives else { return startWaiting(segment) }
    segment.stage = .empty
    let waiting = segment.waiting
    segment.waiting = []
    for operation in waiting { writeFailed(operation, code) }
  }

  /// Starts the next life, if that is waited for and the last one's writes are over.
  private func startWaiting(_ segment: SegmentLife) {
    guard segment.stage == .empty, segment.writesUnderWay == 0, !segment.waiting.isEmpty else {
      return
    }
    startLife(segment)
  }

  // MARK: Transfers that write

  private func startWrite(_ transfer: FlashTransfer, _ segment: SegmentLife) {
    segment.writesUnderWay += 1
    start(transfer)
  }

  private func writeEnded(_ segment: SegmentLife) {
    transferEnded()
    segment.writesUnderWay -= 1
  }

  /// Writes the stored form of the block: that of a payload, or the pages that a move has read.
  private func writeBlock(_ operation: FlashOperation, _ segment: SegmentLife) {
    let transfer = FlashTransfer(
      .write, file: folder.blocks, offset: geometry.blocksOffset(operation.target)
    ) { [self] transfer in
      writeEnded(segment)
      guard segment.livesOver == operation.life else {
        end(operation, .failed)
        return startWaiting(segment)
      }
      guard transfer.error == 0 else { return writeFailed(operation, transfer.error) }
      let count = UInt64(transfer.bytes.count)
      let whole = UInt64(FlashLog.footprint(operation.target.length))
      statistics.count {
        $0.bytesWritten += count
        $0.compressedBytesSaved += whole - count
      }
      segment.unindexed.append(operation)
      writeEntries(segment)
    }
    if operation.kind == .move, let pages = operation.pages {
      transfer.bytes = pages.bytes
    } else if !isCompressing, operation.target.length <= UInt32(Self.smallBytes) {
      transfer.bytes = operation.prepare(compressing: false)
    } else {
      transfer.before = { [isCompressing] transfer in
        transfer.bytes = operation.prepare(compressing: isCompressing)
        return 0
      }
    }
    startWrite(transfer, segment)
  }

  /// Writes the entries of all blocks that wait for one, unless the last such write is under way:
  /// it calls this again. So the pages go out one after the other, and an entry that was written
  /// stays as it is whatever becomes of a later write of its page.
  private func writeEntries(_ segment: SegmentLife) {
    guard !segment.isIndexing, !segment.unindexed.isEmpty else { return }
    segment.isIndexing = true
    let (first, kept) = Int(segment.entries).quotientAndRemainder(
      dividingBy: FlashGeometry.entriesInPage)
    // The first page lies apart from the others.
    let room = first == 0 ? FlashGeometry.entriesInPage - kept : Int.max
    let operations = Array(segment.unindexed.prefix(room))
    segment.unindexed.removeFirst(operations.count)
    let pages = entryPages(for: operations, segment)
    let transfer = FlashTransfer(
      .write, file: folder.index, offset: geometry.entryPageOffset(segment.number, page: first)
    ) { [self] transfer in
      writeEnded(segment)
      indexed(operations, segment, pages, transfer.error)
    }
    transfer.bytes = pages.bytes
    startWrite(transfer, segment)
  }

  /// The pages of the index from the one where the next entry goes, with these entries added.
  private func entryPages(
    for operations: [FlashOperation], _ segment: SegmentLife
  ) -> PagedBytes {
    let perPage = FlashGeometry.entriesInPage
    let kept = Int(segment.entries) % perPage
    let count = (kept + operations.count + perPage - 1) / perPage
    let pages = PagedBytes(count * FlashGeometry.pageBytes)
    pages.clear()
    guard let base = pages.bytes.baseAddress else { return pages }
    if kept > 0, let tail = segment.tail, let from = tail.bytes.baseAddress {
      base.copyMemory(
        from: from + tail.bytes.count - FlashGeometry.pageBytes,
        byteCount: kept * FlashEntry.byteCount)
    }
    for (index, operation) in operations.enumerated() {
      let entry = FlashEntry(
        key: operation.key, tenant: operation.tenant, extent: operation.target,
        generation: segment.generation, seal: operation.seal,
        storedLength: operation.storedLength, isCompressed: operation.isCompressed)
      entry.encode(to: base + (kept + index) * FlashEntry.byteCount)
    }
    return pages
  }

  private func indexed(
    _ operations: [FlashOperation], _ segment: SegmentLife, _ pages: PagedBytes, _ code: CInt
  ) {
    guard let lives = operations.first?.life, lives == segment.livesOver else {
      for operation in operations { end(operation, .failed) }
      return startWaiting(segment)
    }
    segment.isIndexing = false
    guard code == 0 else {
      for operation in operations { writeFailed(operation, code) }
      return writeEntries(segment)
    }
    statistics.count {
      $0.indexWrites += 1
      $0.bytesWritten += UInt64(pages.bytes.count)
    }
    for (index, operation) in operations.enumerated() {
      segment.insert(
        FlashRecord(
          page: operation.target.offset / FlashLog.alignmentBytes,
          entry: segment.entries + UInt32(index),
          storedPages: UInt32(operation.storedFootprint / FlashGeometry.pageBytes),
          isCompressed: operation.isCompressed, seal: operation.seal))
    }
    segment.entries += UInt32(operations.count)
    segment.tail = pages
    writeEntries(segment)
    for operation in operations { written(operation) }
  }

  // MARK: Ends

  private func written(_ operation: FlashOperation) {
    let wasTripped = writing.isTripped
    writing.succeeded()
    if wasTripped {
      reports.note("writing works again")
      showHealth()
    }
    statistics.count {
      if operation.kind == .move { $0.moves += 1 } else { $0.writes += 1 }
    }
    end(operation, .ok)
  }

  func writeFailed(_ operation: FlashOperation, _ code: CInt) {
    statistics.count { $0.writesFailed += 1 }
    if code == ENOSPC || code == EDQUOT {
      reports.warn(
        .full, at: now,
        "no space for segment \(operation.target.segment) (\(systemError(code))): free some on "
          + "this file system, or lower cache.flashBytes")
    } else {
      let place = describe(operation.target)
      reports.warn(.writeFailed, at: now, "writing \(place) failed (\(systemError(code)))")
    }
    if writing.failed("writes fail: \(systemError(code))", at: now) {
      reports.warn(
        .paused, at: now, "writes pause after \(writing.failuresInARow) failures in a row")
      showHealth()
    }
    end(operation, .failed)
  }
}
