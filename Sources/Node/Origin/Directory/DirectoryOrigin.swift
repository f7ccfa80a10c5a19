internal import Glibc
public import Logging
internal import NIOCore
public import NIOPosix
internal import Synchronization

/// A folder as an object store: one container, named after the folder's last component, whose keys
/// are the paths of the files below it.
///
/// What S3 can and a folder cannot: `a` and `a/b` cannot both be keys, and neither can `a//b`,
/// `a/../b` or anything under `.tarn-uploads`, where uploads lie until they are whole, multipart ones
/// until seven days after they were last used; `a/` is the folder itself, as an object without bytes.
/// Objects appear and are replaced at once (by rename), after their bytes are on disk. Links are
/// followed as long as they stay inside. Blocking calls run on a thread pool.
public final class DirectoryOrigin: Origin {
  public let description: String
  /// The container's name.
  let container: String
  /// The folder.
  let root: OpenFile
  private let pool: NIOThreadPool
  private let logger: Logger
  let cache = FolderNamesCache()
  private let hasWarned = Mutex(false)
  private let sweeping = Mutex<Task<Void, Never>?>(nil)

  /// Opens the folder.
  ///
  /// - Parameters:
  ///   - path: An existing folder.
  ///   - pool: Runs the blocking calls; the process's own by default.
  ///   - sweepInterval: How often uploads that nobody will finish are looked for.
  ///
  /// Throws `.failed` if there is no such folder.
  public init(
    path: String, pool: NIOThreadPool = .singleton,
    logger: Logger = Logger(label: "tarn.origin.directory"),
    sweepInterval: Duration = .seconds(3_600)
  ) throws(OriginError) {
    let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0 else {
      let reason = String(cString: strerror(errno))
      throw .failed("the origin's folder \(path) cannot be opened: \(reason); create it first")
    }
    root = OpenFile(number: number)
    container = DirectoryOrigin.lastComponent(of: path)
    description = "file:\(container)"
    self.pool = pool
    self.logger = logger
    removeOldUploads()
    let task = startSweeping(every: sweepInterval)
    sweeping.withLock { $0 = task }
  }

  deinit { sweeping.withLock { $0?.cancel() } }

  /// `/data/traces/` is `traces`; for `.` and `/` the real path's last component, or `root`.
  private static func lastComponent(of path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    let named = path.split(separator: "/").last.map(String.init)
    if let named, named != ".", named != ".." { return named }
    return String(cString: real).split(separator: "/").last.map(String.init) ?? "root"
  }

  public func attributes(of object: OriginObject) async throws(OriginError) -> ObjectAttributes {
    if object.container == container, let path = DirectoryOrigin.inside(marker: object.key) {
      return try await onPool { () throws(OriginError) in
        try self.attributes(ofFolderOf: path)
      }
    }
    let path = try readable(object)
    return try await onPool { () throws(OriginError) in
      let file = try self.openForReading(path)
      return try DirectoryOrigin.attributes(of: file, path)
    }
  }

  public func read(
    _ object: OriginObject, version: String, range: Range<UInt64>,
    into buffer: UnsafeMutableRawBufferPointer
  ) async throws(OriginError) {
    precondition(
      UInt64(buffer.count) == UInt64(range.count), "a read's buffer has its range's size")
    let path = try readable(object)
    // The caller keeps the buffer until this returns, and nobody else touches it.
    nonisolated(unsafe) let buffer = buffer
    try await onPool { () throws(OriginError) in
      let file = try self.openForReading(path)
      try DirectoryOrigin.check(file, version, path)
      try DirectoryOrigin.fill(buffer, from: file, at: range.lowerBound, path)
      // Whoever wrote into the file meanwhile has changed its size or its time.
      try DirectoryOrigin.check(file, version, path)
    }
  }

  public func containers() async throws(OriginError) -> [ContainerListing] {
    [ContainerListing(name: container, created: 0)]
  }

  public func list(_ request: ListRequest) async throws(OriginError) -> ListPage {
    guard request.container == container else { throw .noContainer }
    return try await onPool { () throws(OriginError) in
      var walk = FolderWalk(request, cache: self.cache)
      return try walk.run(root: self.root)
    }
  }

  public func shutdown() async { sweeping.withLock { $0?.cancel() } }

  // MARK: Pieces

  /// Runs blocking calls.
  func onPool<Value: Sendable>(
    _ body: @escaping @Sendable () throws(OriginError) -> Value
  ) async throws(OriginError) -> Value {
    let result: Result<Value, OriginError>
    do {
      result = try await pool.runIfActive {
        do throws(OriginError) { return .success(try body()) } catch { return .failure(error) }
      }
    } catch is CancellationError {
      throw .failed("the call was given up")
    } catch { throw .failed("the thread pool of \(description) is closed: \(error)") }
    return try result.get()
  }

  /// The path of a key that is to be read: what cannot be a key is not there.
  func readable(_ object: OriginObject) throws(OriginError) -> FolderPath {
    guard object.container == container else { throw .noContainer }
    guard let path = FolderPath(key: object.key) else { throw .notFound }
    return path
  }

  func openForReading(_ path: FolderPath) throws(OriginError) -> OpenFile {
    // Opening a pipe must not wait for its writer.
    switch root.open(path.text, flags: O_RDONLY | O_NONBLOCK) {
    case .success(let file): return file
    case .failure(let error):
      throw error.meansMissing ? .notFound : error.origin("open", path.text)
    }
  }

  static func attributes(
    of file: borrowing OpenFile, _ path: FolderPath
  ) throws(OriginError) -> ObjectAttributes {
    let status = try status(file, path)
    return ObjectAttributes(
      size: status.size, version: status.version, lastModified: status.lastModified,
      metadata: FileMetadata.read(from: file, key: path.text))
  }

  static func status(
    _ file: borrowing OpenFile, _ path: FolderPath
  ) throws(OriginError) -> FileStatus {
    switch file.status() {
    case .success(let status):
      guard status.kind == .file else { throw .notFound }
      return status
    case .failure(let error): throw error.origin("look at", path.text)
    }
  }

  private static func check(
    _ file: borrowing OpenFile, _ version: String, _ path: FolderPath
  ) throws(OriginError) {
    guard try status(file, path).version == version else { throw .changed }
  }

  private static func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from file: borrowing OpenFile, at offset: UInt64,
    _ path: FolderPath
  ) throws(OriginError) {
    guard offset <= UInt64(Int64.max) - UInt64(buffer.count) else { throw outOfRange(path) }
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(file.number, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
      if count < 0 {
        guard errno == EINTR else { throw SystemError.last.origin("read", path.text) }
      } else if count == 0 {
        throw outOfRange(path)
      } else {
        done += count
      }
    }
  }

  private static func outOfRange(_ path: FolderPath) -> OriginError {
    .rejected(code: "InvalidRange", "the range lies beyond the end of \(path.text)")
  }

  /// Says once that metadata is lost here.
  func warnOfLostMetadata() {
    let isFirst = hasWarned.withLock { hasWarned in
      defer { hasWarned = true }
      return !hasWarned
    }
    guard isFirst else { return }
    logger.warning(
      "the file system has no user extended attributes: metadata of objects is not kept",
      metadata: ["origin": "\(description)"])
  }
}
