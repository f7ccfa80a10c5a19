internal import TarnCore

/// Warm restart.
extension SegmentStore {
  /// Calls `body` with every block that the index names, in order of segment and offset. Its bytes
  /// are checked when they are read.
  func findBlocks(_ body: (RecoveredBlock) -> Void) {
    let started = now
    var blocks: UInt64 = 0
    FlashScan(index: folder.index, geometry: geometry).run { number, found in
      noteDamage(number, found)
      guard found.generation > 0 || found.error != 0 else { return }
      let life = SegmentLife(number, generation: found.generation)
      life.recover(found.records)
      life.isReserved = found.error == 0 && !found.isDamaged
      lives[Int(number)] = life
      blocks += UInt64(found.blocks.count)
      for block in found.blocks { body(block) }
    }
    let took = now - started
    statistics.count {
      $0.recoveredBlocks = blocks
      $0.recoveryNanoseconds = took
    }
    reports.note("\(blocks) blocks of the last run, found in \(took / 1_000_000) ms")
  }

  private func noteDamage(_ segment: UInt32, _ found: FoundSegment) {
    if found.error != 0 {
      statistics.count { $0.readsFailed += 1 }
      reports.warn(
        .readFailed, at: now,
        "reading the index of segment \(segment) failed (\(systemError(found.error)))")
    } else if found.isDamaged {
      statistics.count { $0.corrupt += 1 }
      reports.warn(
        .corrupt, at: now,
        "the index of segment \(segment) is damaged: what it named there is not cached any more")
    }
  }
}
