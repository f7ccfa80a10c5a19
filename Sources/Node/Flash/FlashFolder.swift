internal import CKernel
internal import Glibc
internal import TarnCore

/// The open folder of one shard: `superblock`, `index`, `blocks` and, between runs, `clean`.
///
/// Both files stay locked (flock) while anyone writes them: the lock belongs to the open file, which
/// the kernel keeps until the last write of a killed process is over.
struct FlashFolder: Sendable {
  var path: String
  var geometry: FlashGeometry
  var index: CInt
  var blocks: CInt
  /// The files are open with O_DIRECT; otherwise the page cache lies between.
  var isDirect: Bool
  /// The last run closed the folder; true for a new one.
  var endedOrderly: Bool

  /// Opens the folder of `shard` under `directory`, or makes it.
  static func open(
    directory: String, geometry: FlashGeometry, shard: Int, shards: Int
  ) throws(FlashError) -> FlashFolder {
    try makeFolder(directory)
    let path = directory + "/" + folderName(shard)
    try makeFolder(path)
    let (index, indexIsDirect) = try openFile(path, "index")
    do throws(FlashError) {
      try lock(index, path)
      let isNew = try checkSuperblock(path, index, geometry, shard, shards)
      let (blocks, blocksAreDirect) = try openFile(path, "blocks")
      do throws(FlashError) {
        try lock(blocks, path)
        let clean = unlink(path + "/clean") == 0
        return FlashFolder(
          path: path, geometry: geometry, index: index, blocks: blocks,
          isDirect: indexIsDirect && blocksAreDirect, endedOrderly: clean || isNew)
      } catch {
        Glibc.close(blocks)
        throw error
      }
    } catch {
      Glibc.close(index)
      throw error
    }
  }

  static func folderName(_ shard: Int) -> String {
    let digits = String(shard)
    return "shard-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }

  /// Closes the files; `isOrderly` leaves the mark that nothing was cut off.
  func close(isOrderly: Bool) {
    if isOrderly {
      fsync(blocks)
      fsync(index)
      let mark = Glibc.open(path + "/clean", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
      if mark >= 0 { Glibc.close(mark) }
      try? Self.syncFolder(path)
    }
    Glibc.close(blocks)
    Glibc.close(index)
  }

  /// Reserves the space of a segment and its index area: 0, or an errno. So a full disk shows when
  /// a segment is first used, and never in the middle.
  func reserve(_ segment: UInt32) -> CInt {
    let places = [
      (blocks, geometry.blocksOffset(segment), Int(geometry.segmentBytes)),
      (index, geometry.headerOffset(segment), FlashGeometry.frontBytes),
      (index, geometry.restOffset(segment), geometry.restBytes),
    ]
    for (file, offset, count) in places where count > 0 {
      let failed = tarn_reserve(file, Int64(offset), Int64(count))
      if failed != 0 { return failed }
    }
    return 0
  }
}

// MARK: - Opening

extension FlashFolder {
  private static func makeFolder(_ path: String) throws(FlashError) {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else { throw .notFolder(path: path) }
      return
    }
    if errno == ENOTDIR { throw .notFolder(path: path) }
    guard errno == ENOENT else { throw .notWritable(path: path, code: errno) }
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
      throw .notWritable(path: path, code: errno)
    }
  }

  /// Opens a file, with O_DIRECT where the file system knows it.
  private static func openFile(
    _ folder: String, _ name: String
  ) throws(FlashError) -> (file: CInt, isDirect: Bool) {
    let path = folder + "/" + name
    let direct = tarn_open_direct(path)
    if direct >= 0 {
      let page = PagedBytes(FlashGeometry.pageBytes)
      if pread(direct, page.bytes.baseAddress, page.bytes.count, 0) >= 0 { return (direct, true) }
      Glibc.close(direct)
    } else if errno != EINVAL {
      throw .notWritable(path: path, code: errno)
    }
    let buffered = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard buffered >= 0 else { throw .notWritable(path: path, code: errno) }
    return (buffered, false)
  }

  /// Waits a second at most: the kernel may still be ending writes of a process that was killed.
  private static func lock(_ file: CInt, _ folder: String) throws(FlashError) {
    for _ in 0..<100 {
      if flock(file, LOCK_EX | LOCK_NB) == 0 { return }
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw .system(path: folder, operation: "locking", code: errno)
      }
      usleep(10_000)
    }
    throw .locked(path: folder)
  }

  /// Compares or writes the superblock; true if the folder is new. The index is locked by now.
  private static func checkSuperblock(
    _ folder: String, _ index: CInt, _ geometry: FlashGeometry, _ shard: Int, _ shards: Int
  ) throws(FlashError) -> Bool {
    let wanted = FlashSuperblock(geometry: geometry, shard: shard, shards: shards)
    guard let bytes = try readSmall(folder + "/superblock", folder) else {
      if let stranger = try strangers(in: folder).first {
        throw .foreign(path: folder, found: stranger)
      }
      // The superblock is there before the index holds anything.
      var status = stat()
      guard fstat(index, &status) == 0, status.st_size == 0 else { throw .damaged(path: folder) }
      try write(wanted, folder)
      return true
    }
    let found = try FlashSuperblock(decoding: bytes, folder: folder)
    try found.check(against: wanted, folder: folder)
    if found != wanted { try write(wanted, folder) }
    return false
  }

  private static let ownNames = ["superblock", "superblock.new", "index", "blocks", "clean"]

  private static func strangers(in folder: String) throws(FlashError) -> [String] {
    try names(in: folder).filter { !ownNames.contains($0) }
  }

  private static func names(in folder: String) throws(FlashError) -> [String] {
    guard let stream = opendir(folder) else {
      throw .system(path: folder, operation: "listing", code: errno)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The bytes of a file of at most 4096; nil if there is none.
  private static func readSmall(_ path: String, _ folder: String) throws(FlashError) -> [UInt8]? {
    let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      if errno == ENOENT { return nil }
      throw .system(path: folder, operation: "reading the superblock", code: errno)
    }
    defer { Glibc.close(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
    guard count >= 0 else {
      throw .system(path: folder, operation: "reading the superblock", code: errno)
    }
    return Array(bytes[..<count])
  }

  /// Writes the superblock whole or not at all.
  private static func write(_ superblock: FlashSuperblock, _ folder: String) throws(FlashError) {
    let fresh = folder + "/superblock.new"
    let file = Glibc.open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .notWritable(path: folder, code: errno) }
    let bytes = Array(superblock.text.utf8)
    let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
    let failed = count == bytes.count && fsync(file) == 0 ? 0 : (count < 0 ? errno : EIO)
    Glibc.close(file)
    guard failed == 0, rename(fresh, folder + "/superblock") == 0 else {
      throw .notWritable(path: folder, code: failed == 0 ? errno : failed)
    }
    try syncFolder(folder)
  }

  private static func syncFolder(_ folder: String) throws(FlashError) {
    let file = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw .system(path: folder, operation: "opening", code: errno) }
    defer { Glibc.close(file) }
    guard fsync(file) == 0 else { throw .system(path: folder, operation: "fsync", code: errno) }
  }
}

// MARK: - Emptying

extension FlashFolder {
  /// Removes every shard's files under `directory`, whatever they were made for; what is not ours
  /// stays. For `--reset-flash`.
  static func reset(directory: String) throws(FlashError) {
    var status = stat()
    guard stat(directory, &status) == 0 else {
      if errno == ENOENT { return }
      throw .notWritable(path: directory, code: errno)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .notFolder(path: directory) }
    for name in try names(in: directory) where isFolderName(name) {
      try remove(directory + "/" + name)
    }
  }

  private static func isFolderName(_ name: String) -> Bool {
    name.hasPrefix("shard-") && name.utf8.count >= 9
      && name.utf8.dropFirst(6).allSatisfy { (48...57).contains($0) }
  }

  private static func remove(_ folder: String) throws(FlashError) {
    let (index, _) = try openFile(folder, "index")
    defer { Glibc.close(index) }
    try lock(index, folder)
    for name in ["clean", "superblock.new", "blocks", "superblock", "index"] {
      guard unlink(folder + "/" + name) == 0 || errno == ENOENT else {
        throw .notWritable(path: folder, code: errno)
      }
    }
    guard rmdir(folder) == 0 || errno == ENOTEMPTY || errno == EEXIST else {
      throw .notWritable(path: folder, code: errno)
    }
  }
}
