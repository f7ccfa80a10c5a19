import TarnSettings

/// A cache's capacity as a command line names it: a share of the footprint (`1%`), a size (`4GiB`), or
/// a whole number of objects or bytes.
public enum ReplayCapacity: Sendable, Equatable {
  /// A share of the footprint: of its objects where sizes are ignored, else of its bytes.
  case share(Double)
  /// Bytes, written with a unit.
  case bytes(UInt64)
  /// Objects where sizes are ignored, else bytes.
  case plain(UInt64)

  /// Reads one capacity.
  public init(parsing text: String) throws(ReplayError) {
    func refuse(_ problem: String) -> ReplayError {
      ReplayError(
        "capacity \(quoted(text)) \(problem); write a share of the footprint such as 1%, a size such "
          + "as 4GiB, or a whole number")
    }
    if text.hasSuffix("%") {
      guard let percent = Double(text.dropLast()), percent.isFinite else {
        throw refuse("is not a percentage")
      }
      guard percent > 0 else { throw refuse("is nothing") }
      self = .share(percent / 100)
    } else if text.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "_" }), !text.isEmpty {
      guard let number = UInt64(text.filter { $0 != "_" }) else { throw refuse("is too large") }
      guard number > 0 else { throw refuse("is zero, and nothing fits in it") }
      self = .plain(number)
    } else {
      let size: UInt64
      do throws(ValueProblem) { size = try UnitTable.size.read(text) } catch {
        throw refuse("is no capacity (\(error.message))")
      }
      guard size > 0 else { throw refuse("is zero, and nothing fits in it") }
      self = .bytes(size)
    }
  }

  /// Reads a list separated by commas.
  public static func list(parsing text: String) throws(ReplayError) -> [ReplayCapacity] {
    var capacities: [ReplayCapacity] = []
    for piece in text.split(separator: ",") {
      capacities.append(try ReplayCapacity(parsing: String(piece.filter { $0 != " " })))
    }
    guard !capacities.isEmpty else {
      throw ReplayError("no capacity is named; write for example --capacity 0.1%,1%,10%")
    }
    return capacities
  }

  /// The whole number that a cache gets. `footprint` is objects where sizes are ignored, else bytes;
  /// a share of it is rounded down, but to 1 at least.
  public func resolve(footprint: UInt64, isSized: Bool) throws(ReplayError) -> UInt64 {
    switch self {
    case .plain(let number): return number
    case .bytes(let bytes):
      guard isSized else {
        throw ReplayError(
          "capacity \(bytes) bytes means nothing where every object counts 1; give a number of "
            + "objects or a share such as 1%")
      }
      return bytes
    case .share(let share):
      let product = share * Double(footprint)
      guard product < 0x1p63 else { throw ReplayError("capacity \(share * 100)% is too large") }
      return max(1, UInt64(product))
    }
  }
}
