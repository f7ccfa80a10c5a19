internal import NIOCore
internal import TarnCore

/// A request to S3 on its way through the front end: what was asked, by whom, and how to answer.
///
/// Confined to the exchange's event loop; tasks carry it and come back to the loop to answer.
final class S3Exchange: @unchecked Sendable {
  let head: HTTPRequestHead
  let exchange: any HTTPExchange
  let requestID: String
  private let handler: S3Handler
  var operation = S3Operation.other
  var target = S3Target()
  var caller = S3Caller(tenant: TenantID(0), mayWrite: false)
  var verified: VerifiedRequest?

  init(
    _ head: HTTPRequestHead, _ exchange: any HTTPExchange, of handler: S3Handler, requestID: String
  ) {
    self.head = head
    self.exchange = exchange
    self.handler = handler
    self.requestID = requestID
  }

  var service: S3Service { handler.service }

  var isHead: Bool { head.verb == .head }

  /// The container's place. Throws `NoSuchBucket`.
  func place() throws(S3Error) -> ContainerPlace {
    guard
      let place = service.containers.place(container: target.bucket, tenant: caller.tenant)
    else { throw .noSuchBucket }
    return place
  }

  /// The object as its origin names it.
  func object(in place: ContainerPlace) -> OriginObject {
    OriginObject(container: place.name, key: target.key)
  }

  /// What is known of an object is old.
  func forget(_ key: String) {
    service.objects.forget(tenant: caller.tenant, container: target.bucket, key: key)
  }

  // MARK: Answers

  /// Sends the head of a response whose body follows.
  func begin(_ response: HTTPResponseHead) {
    handler.counters.count(operation, status: response.status)
    exchange.begin(response)
  }

  func respond(_ answer: S3Answer) {
    handler.counters.count(operation, status: answer.status)
    var response = HTTPResponseHead(status: answer.status, headers: answer.headers)
    response.lastModified = answer.lastModified
    response.headers.append(("x-amz-request-id", requestID))
    if let document = answer.document {
      response.headers.append(("Content-Type", "application/xml"))
      exchange.respond(response, body: ByteBuffer(bytes: document))
    } else {
      exchange.respond(response, body: nil)
    }
  }

  func fail(_ error: S3Error) {
    var answer = S3Answer(status: error.status)
    answer.headers = error.headers.map { ($0.name, $0.value) }
    answer.document = error.document(resource: resource, requestID: requestID)
    respond(answer)
  }

  private var resource: String {
    target.bucket.isEmpty ? String(head.path) : "/\(target.bucket)/\(target.key)"
  }

  /// Runs what has to wait in a task, which is cancelled if the client goes, and answers with what it
  /// returns or throws.
  func run(_ body: @escaping @Sendable () async throws -> S3Answer) {
    let loop = exchange.loop
    let task = Task {
      let result: Result<S3Answer, S3Error>
      do {
        result = .success(try await body())
      } catch {
        result = .failure(S3Error(error))
      }
      loop.execute { self.end(result) }
    }
    exchange.onClose = { task.cancel() }
  }

  private func end(_ result: Result<S3Answer, S3Error>) {
    switch result {
    case .success(let answer): respond(answer)
    case .failure(let error): fail(error)
    }
  }
}

/// A response that is known as a whole.
struct S3Answer: Sendable {
  var status: Int
  var headers: [(name: String, value: String)] = []
  var lastModified: Int64?
  /// An XML document.
  var document: [UInt8]?

  init(status: Int = 200, headers: [(name: String, value: String)] = []) {
    self.status = status
    self.headers = headers
  }

  /// A document whose root has S3's namespace.
  static func document(_ root: String, _ body: (inout XMLWriter) -> Void) -> S3Answer {
    var writer = XMLWriter()
    writer.element(root, [("xmlns", "http://s3.amazonaws.com/doc/2006-03-01/")], body)
    var answer = S3Answer()
    answer.document = writer.bytes
    return answer
  }
}
