internal import NIOCore
internal import Synchronization
internal import TarnCore

final class S3Counters: Sendable {
  var all: [(operation: String, statusClass: Int, count: UInt64)] { [] }
}

extension NodeParts {
  func handler(on loop: any EventLoop, counting: S3Counters) -> any HTTPRequestHandler {
    TempS3(objects: objects)
  }
}

final class TempS3: HTTPRequestHandler {
  let objects: ObjectService
  init(objects: ObjectService) { self.objects = objects }
  func handle(_ head: HTTPRequestHead, _ exchange: any HTTPExchange) {
    let path = String(head.path).split(separator: "/", maxSplits: 1).map(String.init)
    guard path.count == 2 else {
      return exchange.respond(HTTPResponseHead(status: 404, contentLength: 0), body: nil)
    }
    let box = UnsafeTransfer(exchange)
    let rangeText = head.header("range")
    let isHead = head.verb == .head
    objects.open(tenant: TenantID(0), container: path[0], key: path[1], on: exchange.loop) {
      [objects] result in
      let exchange = box.value
      switch result {
      case .failure: exchange.respond(HTTPResponseHead(status: 404, contentLength: 0), body: nil)
      case .success(let object):
        var range = 0..<object.object.size
        if let rangeText, rangeText.hasPrefix("bytes=") {
          let parts = rangeText.dropFirst(6).split(separator: "-").compactMap { UInt64($0) }
          if parts.count == 2 { range = parts[0]..<min(parts[1] + 1, object.object.size) }
        }
        let responseHead = HTTPResponseHead(
          status: range.count == Int(object.object.size) ? 200 : 206,
          headers: [("ETag", object.object.version)], contentLength: UInt64(range.count))
        if isHead { return exchange.respond(responseHead, body: nil) }
        let sink = TempSink(exchange, responseHead)
        sink.read = objects.read(object, range: range, on: exchange.loop, into: sink)
        sink.read?.more()
      }
    }
  }
}

struct UnsafeTransfer<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}

final class TempSink: ObjectSink {
  let exchange: any HTTPExchange
  var head: HTTPResponseHead?
  var read: (any ObjectRead)?
  init(_ exchange: any HTTPExchange, _ head: HTTPResponseHead) {
    self.exchange = exchange
    self.head = head
  }
  func take(_ slice: PayloadSlice, source: Source) {
    if let head { exchange.begin(head); self.head = nil }
    exchange.write(slice) { [self] in read?.more() }
  }
  func end(_ failure: ObjectFailure?) {
    if failure != nil {
      if head != nil {
        return exchange.respond(HTTPResponseHead(status: 500, contentLength: 0), body: nil)
      }
      return exchange.abort()
    }
    if let head { exchange.begin(head); self.head = nil }
    exchange.finish()
    read = nil
  }
}
