public import NIOCore

/// What the S3 front end stands on.
public struct S3Service: Sendable {
  let objects: any ObjectReading
  let containers: any ContainerDirectory
  let access: S3Access
  /// Domain of virtual-host style requests; nil for path style only.
  let domain: String?
  let counters: S3Counters

  public init(
    objects: any ObjectReading, containers: any ContainerDirectory, access: S3Access,
    domain: String? = nil, counters: S3Counters = S3Counters()
  ) {
    self.objects = objects
    self.containers = containers
    self.access = access
    self.domain = domain
    self.counters = counters
  }
}

/// Answers S3 requests: reads from the cache, everything else from the origin.
///
/// It keeps no state of a connection: one handler may serve all connections of its event loop.
public final class S3Handler: HTTPRequestHandler {
  let service: S3Service
  let counters: S3Counters.Lane
  private var ids: S3RequestIDs

  /// A handler for connections of `loop`.
  public init(_ service: S3Service, on loop: any EventLoop) {
    self.service = service
    counters = service.counters.lane(of: loop)
    ids = S3RequestIDs()
  }

  public func handle(_ head: HTTPRequestHead, _ exchange: any HTTPExchange) {
    let request = S3Exchange(head, exchange, of: self, requestID: ids.next())
    do throws(S3Error) {
      try start(request)
    } catch {
      request.fail(error)
    }
  }

  private func start(_ request: S3Exchange) throws(S3Error) {
    request.target = try S3Target(request.head, domain: service.domain)
    (request.caller, request.verified) = try service.access.caller(
      of: request.head, now: HTTPDate.now())
    request.operation = try S3Router.operation(request.head, request.target)
    guard !request.operation.isWrite || request.caller.mayWrite else { throw .accessDenied }
    switch request.operation {
    case .getObject, .headObject: try S3ObjectRead(request).start()
    case .putObject: try request.putObject()
    case .copyObject: try request.copyObject()
    case .deleteObject: try request.deleteObject()
    case .deleteObjects: try request.deleteObjects()
    case .listObjects: try request.listObjects()
    case .listBuckets: request.listBuckets()
    case .headBucket: try request.headBucket()
    case .bucketProperty: try request.bucketProperty()
    case .createUpload: try request.createUpload()
    case .uploadPart: try request.uploadPart()
    case .completeUpload: try request.completeUpload()
    case .abortUpload: try request.abortUpload()
    case .other: preconditionFailure("the router throws what it does not know")
    }
  }
}

/// Names requests: 13 digits of Crockford's base 32, so short that they need no memory of their own.
struct S3RequestIDs {
  private var state = UInt64.random(in: .min ... .max)

  mutating func next() -> String {
    // An odd step visits all 2^64 states; the mixing makes neighbours look different (Steele, Lea and
    // Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = (state ^ state &>> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word &>> 27) &* 0x94D0_49BB_1331_11EB
    word ^= word &>> 31
    return String(unsafeUninitializedCapacity: 13) { digits in
      for place in 0..<13 {
        digits[place] = S3RequestIDs.alphabet.utf8Start[Int(word & 31)]
        word &>>= 5
      }
      return 13
    }
  }

  private static let alphabet: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
}
