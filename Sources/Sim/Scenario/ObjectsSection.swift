public import TarnCore

extension Scenario {
  /// Readers that open objects of one container by name and read them, and a writer at the
  /// container's home that overwrites some.
  public struct Objects: Sendable, Equatable {
    /// Objects of the container, all of one size.
    public var objects = 1000
    public var objectBytes: UInt64 = 8 << 20
    public var blockBytes: UInt32 = 4 << 20
    /// Popularity falls with rank to this power; 0 for none.
    public var zipf = 0.9
    /// Opens a second of each node; each reads its object whole.
    public var opensPerSecond = 10.0
    /// Objects that are overwritten a second, as popular as those that are opened.
    public var overwritesPerSecond = 0.0
    public var consistency = Consistency.immutable
    /// Block reads of an open object under way.
    public var readerDepth = 2
    /// An open that was not answered by then fails, or uses what is known if it may.
    public var openDeadlineNanoseconds: Nanoseconds = 1_000_000_000
    /// A block that was not read by then fails.
    public var readDeadlineNanoseconds: Nanoseconds = 5_000_000_000
    public init() {}
  }

  /// A promise about one operation on containers of one consistency.
  public struct ContractTerm: Sendable, Equatable {
    /// What readers do.
    public enum Operation: String, CaseIterable, Sendable {
      /// Find out which version of an object to read.
      case open
      /// Read one block of it.
      case read
    }
    /// The kinds of consistency, whatever the bound of the last.
    public enum Kind: String, CaseIterable, Sendable {
      case immutable, validate, ttl

      /// The kind of `consistency`.
      public init(_ consistency: Consistency) {
        self =
          switch consistency {
          case .immutable: .immutable
          case .validate: .validate
          case .ttl: .ttl
          }
      }
    }
    public var operation: Operation
    public var consistency: Kind
    /// Bounds of the latency of those that succeed, in every region; nil for none.
    public var p50Nanoseconds: Nanoseconds?
    public var p99Nanoseconds: Nanoseconds?
    public var p999Nanoseconds: Nanoseconds?
    /// Every operation has ended by then; nil: as the workload says.
    public var deadlineNanoseconds: Nanoseconds?
    public init(_ operation: Operation, _ consistency: Kind) {
      self.operation = operation
      self.consistency = consistency
    }
  }

  /// The contract's term for an operation; nil if it states none.
  public func term(
    _ operation: ContractTerm.Operation, _ consistency: Consistency
  ) -> ContractTerm? {
    contract.first { $0.operation == operation && $0.consistency == .init(consistency) }
  }
}
