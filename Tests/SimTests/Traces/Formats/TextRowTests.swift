import TarnSim
import Testing
@testable import TarnTraceFormat

/// Every text format, from a few literal lines.
@Suite struct TextRowTests {
  @Test func `one key a line, as numbers`() throws {
    let found = try Opened("7\n\n 9 \r\n7\n")
    #expect(found.format == .keys)
    #expect(found.keys == [7, 9, 7])
    #expect(found.columns == [.key])
  }

  @Test func `signed keys keep their 64 bits`() throws {
    let found = try Opened("-1\n-268435455\n5\n", format: .cache2k)
    #expect(found.keys == [.max, 0 &- 268_435_455, 5])
  }

  @Test func `keys that are text are hashed with XXH64`() throws {
    let found = try Opened("/a/b.png\n/a/c.png\n/a/b.png\n")
    #expect(found.format == .keys)
    #expect(found.keys[0] == XXHash64.hash(Array("/a/b.png".utf8)))
    #expect(found.keys[0] == found.keys[2])
    #expect(found.keys[0] != found.keys[1])
  }

  @Test func `a mark of LIRS is no key, and is refused among plain keys`() throws {
    let found = try Opened("0\n1\n*\n\n0\n")
    #expect(found.format == .lirs)
    #expect(found.keys == [0, 1, 0])
    #expect(
      problem("0\n1\n*\n", format: .keys)
        == "3: expected a whole number as key, found \"*\"; if all keys are text, say so with "
        + "--text-keys, if \"*\" is a mark, read it as lirs")
  }

  @Test func `key and size, and AdaptSize with a running number`() throws {
    let sized = try Opened("5 100\n6 0\n")
    #expect(sized.format == .keySize)
    #expect(sized.keys == [5, 6])
    #expect(sized.sizes == [100, 0])
    let numbered = try Opened("1 0 68\n2 1 7454\n3 0 70\n")
    #expect(numbered.format == .adaptSize)
    #expect(numbered.keys == [0, 1, 0])
    #expect(numbered.sizes == [68, 7454, 70])
  }

  @Test func `a range is one request for each block`() throws {
    let found = try Opened("10 3 0 0\n1 1 0 1\n")
    #expect(found.format == .arc)
    #expect(found.keys == [10, 11, 12, 1])
    #expect(
      problem("1 9999999 0 0\n", format: .arc)
        == "1: a range of 9999999 blocks is longer than 524288")
    #expect(
      problem("18446744073709551615 2 0 0\n", format: .arc)
        == "1: the range from block 18446744073709551615 on ends beyond 2^64")
  }

  @Test func `Twitter's seven columns, with a comma inside a key`() throws {
    let found = try Opened(
      "5,nz:u:ab,8,100,3,get,0\n6,x,y,3,0,3,delete,0\n6,nz:u:ab,8,100,3,set,9\n")
    #expect(found.format == .twitter)
    #expect(found.keys[0] == XXHash64.hash(Array("nz:u:ab".utf8)))
    #expect(found.keys[1] == XXHash64.hash(Array("x,y".utf8)))
    #expect(found.keys[0] == found.keys[2])
    #expect(found.sizes == [108, 3, 108])
    #expect(found.nanoseconds == [5_000_000_000, 6_000_000_000, 6_000_000_000])
    #expect(found.operations == [0, 2, 1])
  }

  @Test func `CloudPhysics and its SCSI opcodes`() throws {
    let found = try Opened("version,time,op,size,lbn\n1,5,2a,512,42\n1,5,28,6656,43\n")
    #expect(found.format == .cloudPhysics)
    #expect(found.keys == [42, 43])
    #expect(found.sizes == [512, 6656])
    #expect(found.operations == [1, 0])
    #expect(
      problem("version,time,op,size,lbn\n1,5,zz,512,42\n") == "2: operation \"zz\" is not known")
  }

  @Test func `base models and adapters are two key spaces`() throws {
    let titles =
      "predict_type,exec_time_seconds,style_type,prompt_length,negative_prompt_length,"
      + "num_images_per_prompt,num_inference_steps,checkpoint_model_version_id,lora_args\n"
    let row =
      "p,1.0,,5.0,,1.0,30.0,aa,\"[{'modelVersionId': 'aa', 'scale': 1.0}, "
      + "{'modelVersionId': 'b', 'scale': 0.5}]\"\n"
    let found = try Opened(titles + row + "p,1.0,,5.0,,1.0,30.0,aa,[]\n")
    #expect(found.format == .genai)
    let base = XXHash64.hash(Array("aa".utf8))
    #expect(
      found.keys == [
        base, XXHash64.hash(Array("aa".utf8), seed: 1), XXHash64.hash(Array("b".utf8), seed: 1),
        base,
      ])
    #expect(problem(titles + "p,1.0\n")?.hasPrefix("2: expected 9 columns") == true)
  }

  @Test func `reads of a file are keyed by the offset since its open`() throws {
    let found = try Opened(
      """
      ts_us,dur_us,worker,op,file,bytes_or_epoch
      10,1,0,train_step,,0
      20,1,1,open,a.npz,0
      30,1,1,read,a.npz,100
      40,1,1,read,a.npz,50
      50,1,1,read,a.npz,0
      60,1,2,open,a.npz,0
      70,1,2,read,a.npz,100
      80,1,1,close,a.npz,0
      90,1,1,open,a.npz,0
      95,1,1,read,a.npz,100
      """)
    #expect(found.format == .dftracer)
    let file = Array("a.npz".utf8)
    let (first, second) = (XXHash64.hash(file), XXHash64.hash(file, seed: 100))
    #expect(found.keys == [first, second, first, first])
    #expect(found.sizes == [100, 50, 100, 100])
    #expect(found.nanoseconds == [30_000, 40_000, 70_000, 95_000])
  }

  @Test(arguments: [
    ("5 x\n", TraceFormat.keySize, "1: expected key and size, found \"5 x\""),
    ("1 2 3\n4 5\n", .adaptSize, "2: expected request number, key and size, found \"4 5\""),
    ("1 2\n", .keys, "1: expected one key, found \"1 2\""),
    (
      "99999999999999999999\n", .lirs,
      "1: expected a whole number as key, found \"99999999999999999999\""
    ),
    (
      "1 2 3\n", .arc,
      "1: expected start block, count, ignored and request number, found \"1 2 3\""
    ),
    (
      "5,k,1,1,3,fetch,0\n", .twitter, "1: operation \"fetch\" is not known"
    ),
  ])
  func `a malformed line is named`(text: String, format: TraceFormat, expected: String) {
    #expect(problem(text, format: format) == expected)
  }

  private func problem(_ text: String, format: TraceFormat? = nil) -> String? {
    Opened.problem(text, format: format)
  }
}

/// A trace read whole from literal text or bytes.
struct Opened {
  let format: TraceFormat
  let columns: [TraceColumn]
  private(set) var keys: [UInt64] = []
  private(set) var sizes: [UInt64] = []
  private(set) var operations: [UInt64] = []
  private(set) var tenants: [UInt64] = []
  private(set) var nanoseconds: [UInt64] = []
  private(set) var chains: [[UInt64]] = []
  private(set) var inputTokens: [UInt64] = []
  let tokensPerBlock: UInt32

  init(_ text: String, options: TraceReadOptions) throws {
    try self.init(bytes: Array(text.utf8), options: options)
  }

  init(_ text: String, format: TraceFormat? = nil) throws {
    try self.init(bytes: Array(text.utf8), options: TraceReadOptions(format: format))
  }

  init(bytes: [UInt8], options: TraceReadOptions = TraceReadOptions()) throws {
    let file = try TemporaryFile(bytes)
    var source = try RequestSource(path: file.path, options: options)
    format = source.format
    columns = source.schema.columns
    tokensPerBlock = source.schema.tokensPerBlock
    let tick = source.schema.nanosecondsPerTick
    var block = TraceBlock()
    while try source.next(into: &block) {
      keys += block.keys
      sizes += block.sizes
      operations += block.operations
      tenants += block.tenants
      inputTokens += block.inputTokens
      nanoseconds += block.times.map { $0 * tick }
      var start = 0
      for length in block.chainLengths {
        chains.append(Array(block.chain[start..<(start + Int(length))]))
        start += Int(length)
      }
    }
  }

  /// "LINE: what is wrong" of an error about a line; the whole error's problem for others.
  static func problem(
    _ text: String, format: TraceFormat? = nil, options: TraceReadOptions? = nil
  ) -> String? {
    let error = traceError {
      _ = try Opened(text, options: options ?? TraceReadOptions(format: format))
    }
    guard let error else { return nil }
    if case .line(let line) = error.position { return "\(line): \(error.problem)" }
    return error.problem
  }
}
