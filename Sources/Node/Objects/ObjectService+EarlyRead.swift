internal import NIOCore
internal import Synchronization
internal import TarnCore

/// Opening an object by reading the block of it that is wanted first.
///
/// By a node that is alone, or by the home of the name: the one node of a cell that asks the origin about
/// an object which nobody knows. Its block is promised to those who asked the home, see `Shard+Early`.
/// Where only the origin's word will do every node asks it, and each would bring the block along: they
/// ask for attributes alone.
extension ObjectService {
  /// How an open of an unknown object, of which the byte at `offset` is wanted first, asks the origin.
  ///
  /// - Returns: false if it had better ask for the attributes alone.
  func openByReading(
    _ name: ObjectName, _ place: ContainerPlace, at offset: UInt64?, askedAt: Instant
  ) -> Bool {
    let blockBytes = UInt64(settings.blockBytes)
    guard let offset, offset / blockBytes < UInt64(UInt32.max),
      cell?.isAlone ?? true || !needsOrigin(name, place), known.find(name) == nil,
      let reservation = earlyReads.reserve(blockBytes)
    else { return false }
    let index = UInt32(offset / blockBytes)
    Task(executorPreference: shards.executorHere) {
      await self.readFirst(name, place, index, reservation, askedAt)
    }
    return true
  }

  /// The block that comes with the answer.
  private struct Coming {
    var shard: Shard
    var key: BlockKey
    var payload: Payload
  }

  private func readFirst(
    _ name: ObjectName, _ place: ContainerPlace, _ index: UInt32, _ reservation: EarlyReservation,
    _ askedAt: Instant
  ) async {
    let start = UInt64(index) * UInt64(settings.blockBytes)
    let progress = Progress()
    do throws(OriginError) {
      let attributes = try await place.origin.open(
        OriginObject(container: place.name, key: name.key),
        range: start..<start + UInt64(settings.blockBytes)
      ) { attributes in
        let locator = BlockLocator(object: open(name, attributes).object, index: index)
        let (key, length) = (locator.key, locator.length)
        let shard = shards.shard(of: key)
        let payload = try? await shard.loop.submit {
          shard.expectEarly(key, length: length, reservation)
        }.get()
        progress.note(payload.map { Coming(shard: shard, key: key, payload: $0) })
        // The block is expected by now, so whoever reads it finds it on its way.
        let news = ObjectNews(attributes: attributes, early: payload == nil ? nil : index)
        originAnswered(name, place, .success(news), askedAt: askedAt)
        return payload
      }
      progress.end(nil) {
        let news = ObjectNews(attributes: attributes)
        originAnswered(name, place, .success(news), askedAt: askedAt)
      }
    } catch {
      progress.end(error) {
        originAnswered(name, place, .failure(ObjectFailure(error)), askedAt: askedAt)
      }
    }
  }

  /// How far the origin's answer has come.
  private final class Progress: Sendable {
    private struct State {
      var hasHead = false
      var coming: Coming?
    }
    private let state = Mutex(State())

    func note(_ coming: Coming?) { state.withLock { $0 = State(hasHead: true, coming: coming) } }

    /// The block is here or failed; `answer` if its object is still unanswered.
    func end(_ problem: OriginError?, _ answer: () -> Void) {
      let state = state.withLock { $0 }
      guard state.hasHead else { return answer() }
      guard let coming = state.coming else { return }
      coming.shard.loop.execute {
        coming.shard.earlyEnded(coming.key, coming.payload, problem)
      }
    }
  }
}
