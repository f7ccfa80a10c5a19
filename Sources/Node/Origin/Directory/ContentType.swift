/// Content types by a key's extension, for files that nobody said one for.
enum ContentType {
  /// `binary/octet-stream`, S3's own default, for extensions that are not listed.
  static func of(key: String) -> String {
    guard let dot = key.utf8.lastIndex(of: UInt8(ascii: ".")) else { return unknown }
    return known[key[key.utf8.index(after: dot)...].lowercased()] ?? unknown
  }

  private static let unknown = "binary/octet-stream"
  private static let known = [
    "avif": "image/avif", "bmp": "image/bmp", "bz2": "application/x-bzip2", "css": "text/css",
    "csv": "text/csv", "flac": "audio/flac", "gif": "image/gif", "gz": "application/gzip",
    "h5": "application/x-hdf5", "htm": "text/html", "html": "text/html", "jpeg": "image/jpeg",
    "jpg": "image/jpeg", "js": "text/javascript", "json": "application/json",
    "jsonl": "application/x-ndjson", "log": "text/plain", "m4a": "audio/mp4", "md": "text/markdown",
    "mp3": "audio/mpeg", "mp4": "video/mp4", "mpeg": "video/mpeg",
    "ndjson": "application/x-ndjson", "npy": "application/x-npy", "npz": "application/x-npz",
    "ogg": "audio/ogg", "parquet": "application/vnd.apache.parquet", "pdf": "application/pdf",
    "png": "image/png", "svg": "image/svg+xml", "tar": "application/x-tar",
    "tgz": "application/gzip", "tif": "image/tiff", "tiff": "image/tiff",
    "toml": "application/toml",
    "tsv": "text/tab-separated-values", "txt": "text/plain", "wav": "audio/wav",
    "webm": "video/webm", "webp": "image/webp", "xml": "application/xml",
    "yaml": "application/yaml", "yml": "application/yaml", "zip": "application/zip",
    "zst": "application/zstd",
  ]
}
