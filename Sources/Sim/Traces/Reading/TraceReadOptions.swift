/// How a trace is to be read.
public struct TraceReadOptions: Sendable, Equatable {
  /// The format; nil to tell it by the content.
  public var format: TraceFormat?
  /// Read no sizes: every request then counts 1.
  public var ignoreSizes = false
  /// Read no times, so that a trace whose times are out of order can be read.
  public var ignoreTimes = false
  /// Whether `RequestTrace.load` keeps the times.
  public var wantsTimes = false
  /// Refuse any damage of a trace in Tarn's format. `RequestTrace.load` always does.
  public var strict = false
  /// Where a text trace's columns lie.
  public var columns = TextColumns()

  /// A trace of whatever format, read as it is.
  public init(format: TraceFormat? = nil) { self.format = format }
}

/// Where the columns of delimited text lie, and what they mean. Nil: as the header's names say.
public struct TextColumns: Sendable, Equatable {
  /// Units of a time column.
  public enum TimeUnit: String, Sendable, CaseIterable {
    case seconds = "s"
    case milliseconds = "ms"
    case microseconds = "us"
    case nanoseconds = "ns"
    /// Wall clock, "YYYY-MM-DD HH:MM:SS" with a fraction or without.
    case date

    /// Nanoseconds in one.
    public var nanoseconds: UInt64 {
      switch self {
      case .seconds, .date: 1_000_000_000
      case .milliseconds: 1_000_000
      case .microseconds: 1_000
      case .nanoseconds: 1
      }
    }
  }

  /// A column's name in the header, or its number from 1.
  public var key: String?
  /// As `key`.
  public var size: String?
  /// As `key`.
  public var time: String?
  /// What a time counts; nil: seconds, or dates if they look so.
  public var timeUnit: TimeUnit?
  /// One ASCII character between columns; nil: comma, tab, semicolon or blank, whichever the
  /// first line has.
  public var delimiter: UInt8?
  /// Whether the first line names the columns; nil: it does if it holds a word.
  public var hasHeader: Bool?
  /// Whether keys are text and so hashed (XXH64, seed 0); nil: if the first is no whole number.
  public var textKeys: Bool?
  /// Keep fractions of times, to the nanosecond; nil: if one of the first lines has them.
  public var fineTimes: Bool?

  /// Everything as the file says.
  public init() {}
}
