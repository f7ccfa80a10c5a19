internal import Glibc

/// How many files and sockets the process may have open.
public enum DescriptorLimit {
  /// Raises the soft limit to the hard one, which costs nothing and saves operators a surprise at
  /// connection 1,000. Answers the limit now in force.
  @discardableResult
  public static func raise() -> UInt64 {
    var limit = current
    if limit.rlim_cur < limit.rlim_max {
      limit.rlim_cur = limit.rlim_max
      _ = setrlimit(resource, &limit)
    }
    return UInt64(current.rlim_cur)
  }

  private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }

  static var current: rlimit {
    var limit = rlimit()
    _ = getrlimit(resource, &limit)
    return limit
  }
}
