import Glibc
import TarnCore

let path = CommandLine.arguments[1]
let interned = CommandLine.arguments.contains("--interned")
let fd = open(path, O_RDONLY)
let size = Int(lseek(fd, 0, SEEK_END))
let base = mmap(nil, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0)!
let count = size / 24
func cpu() -> Double {
  var t = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t)
  return Double(t.tv_sec) + Double(t.tv_nsec) * 1e-9
}
var keys: [UInt64] = []
var distinct = 0
if interned {
  var map: [UInt64: UInt64] = [:]
  keys.reserveCapacity(count)
  for i in 0..<count {
    let k = base.loadUnaligned(fromByteOffset: i * 24 + 4, as: UInt64.self)
    if let id = map[k] {
      keys.append(id)
    } else {
      map[k] = UInt64(map.count); keys.append(UInt64(map.count - 1))
    }
  }
  distinct = map.count
}
for kind in EvictionKind.allCases {
  if CommandLine.arguments.count > 2, !interned, !CommandLine.arguments.contains(kind.name) {
    continue
  }
  var cache = ShadowCache(
    EvictionConfiguration(kind), capacity: 100_000, isSized: false,
    keys: interned ? .interned(below: distinct) : .hashed, entries: 100_000)
  let start = cpu()
  if interned {
    keys.withUnsafeBufferPointer { cache.replay(keys: $0, lengths: nil) }
  } else {
    cache.replay(
      StridedRequests(base: base, count: count, stride: 24, keyOffset: 4, lengthOffset: nil))
  }
  let seconds = cpu() - start
  let bytes = cache.residentBytes
  print(
    kind.name, "M/s", (Double(count) / seconds / 1e5).rounded() / 10, "miss",
    cache.counters.missRatio,
    "B/entry", Double(bytes.table) / 1e5, Double(bytes.policy) / 1e5)
}
