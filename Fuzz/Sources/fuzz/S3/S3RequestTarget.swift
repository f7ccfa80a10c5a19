internal import NIOCore

@testable internal import TarnNode

extension FuzzTarget {
  /// Whole requests to the S3 front end, up to the operation: errors are clients' errors, and bucket,
  /// key, query and operation stay the same when the target is escaped anew.
  static let s3Request = FuzzTarget("s3-request", longestInput: 768) { input in
    let bytes = input.rest()
    guard let head = head(bytes) else { return }
    for domain in [nil, "s3.cache"] {
      do throws(S3Error) {
        let target = try S3Target(head, domain: domain)
        demand(target.key.utf8.count <= S3Target.keyLimit, "a key is too long")
        let operation = attempt { () throws(S3Error) in try S3Router.operation(head, target) }
        if operation?.isWrite == true {
          demand(head.verb != .get && head.verb != .head, "a read is taken for a write")
        }
        checkAnew(head, target, operation)
      } catch { check(error) }
    }
    checkConditions(S3Conditions(head))
    _ = attempt { () throws(S3Error) in try S3CopySource(head) }.map {
      demand(!$0.bucket.isEmpty && !$0.key.isEmpty, "a copy has no source")
    }
    _ = attempt { () throws(S3Error) in try S3Metadata.of(head) }
  }

  /// The head that the bytes are.
  static func head(_ bytes: [UInt8]) -> HTTPRequestHead? {
    var parser = HTTPHeadParser()
    let step = bytes.withUnsafeBytes { parser.parse($0, limits: HTTPLimits()) }
    guard case .complete = step else { return nil }
    return parser.head(of: ByteBuffer(bytes: bytes))
  }

  static func attempt<Value>(_ body: () throws(S3Error) -> Value) -> Value? {
    do throws(S3Error) { return try body() } catch {
      check(error)
      return nil
    }
  }

  private static func check(_ error: S3Error) {
    demand(
      (400..<500).contains(error.status) || error.status == 501,
      "a bad request is a \(error.status)")
    demand(!error.code.isEmpty && !error.message.isEmpty, "an error says nothing")
  }

  private static func checkAnew(
    _ head: HTTPRequestHead, _ target: S3Target, _ operation: S3Operation?
  ) {
    guard let parameters = PercentCoding.parameters(ofQuery: head.query) else {
      fatalError("broken: a query that was accepted can't be read")
    }
    var text = "/" + PercentCoding.encode(target.bucket)
    if !target.key.isEmpty { text += "/" + PercentCoding.encode(target.key, keepingSlash: true) }
    let query = parameters.map {
      "\(PercentCoding.encode($0.name))=\(PercentCoding.encode($0.value))"
    }
    if !query.isEmpty { text += "?" + query.joined(separator: "&") }
    // Escaping can make a target longer than a request line may be.
    guard text.utf8.count < 4_096 else { return }
    let anew = HTTPRequestHead(method: head.method, target: text, headers: head.headers)
    do throws(S3Error) {
      let second = try S3Target(anew, domain: nil)
      demand(
        areEqualBytes(second.bucket, target.bucket) && areEqualBytes(second.key, target.key)
          && second.query == target.query, "\(text) is another object")
      demand(
        attempt { () throws(S3Error) in try S3Router.operation(anew, second) } == operation,
        "\(text) is another operation")
    } catch { fatalError("broken: \(text) is refused: \(error)") }
  }

  private static func checkConditions(_ conditions: S3Conditions) {
    let outcome = conditions.outcome(version: "\"a\"", lastModified: 784_111_777)
    if conditions.isEmpty { demand(outcome == .proceed, "no condition is not met") }
    if let list = conditions.ifNoneMatch {
      for version in [list, "\"a\""] where S3Conditions.list(list, has: version, weakly: false) {
        demand(
          S3Conditions.list(list, has: version, weakly: true), "a strong match is no weak match")
      }
    }
  }
}
