/// Finds out which operation a request asks for.
enum S3Router {
  /// Parameters that ask for something of a bucket or an object which is not offered.
  private static let properties = [
    "accelerate", "acl", "analytics", "attributes", "cors", "encryption", "intelligent-tiering",
    "inventory", "legal-hold", "lifecycle", "logging", "metrics", "notification", "object-lock",
    "ownershipControls", "policy", "policyStatus", "publicAccessBlock", "replication",
    "requestPayment", "restore", "retention", "select", "tagging", "torrent", "versions", "website",
  ]

  static func operation(
    _ head: HTTPRequestHead, _ target: S3Target
  ) throws(S3Error) -> S3Operation {
    let query = target.query
    if !query.isEmpty {
      if let property = query.first(of: properties) {
        throw .notImplemented("the property \(property)")
      }
      if let version = query["versionId"], version != "null" {
        throw .notImplemented("versions of objects")
      }
    }
    if target.bucket.isEmpty { return try service(head) }
    return target.key.isEmpty ? try bucket(head, query) : try object(head, query)
  }

  private static func service(_ head: HTTPRequestHead) throws(S3Error) -> S3Operation {
    guard head.verb == .get else { throw .methodNotAllowed(head.method, allowed: "GET") }
    return .listBuckets
  }

  private static func bucket(
    _ head: HTTPRequestHead, _ query: S3Query
  ) throws(S3Error) -> S3Operation {
    switch head.verb {
    case .get:
      if query.has("uploads") { throw .notImplemented("listings of uploads") }
      return query.first(of: ["location", "versioning"]) != nil ? .bucketProperty : .listObjects
    case .head: return .headBucket
    case .post where query.has("delete"): return .deleteObjects
    case .post: throw .notImplemented("uploads by HTML forms")
    case .put: throw .notImplemented("the creation of buckets")
    case .delete: throw .notImplemented("the deletion of buckets")
    case .options, .other:
      throw .methodNotAllowed(head.method, allowed: "GET, HEAD, POST")
    }
  }

  private static func object(
    _ head: HTTPRequestHead, _ query: S3Query
  ) throws(S3Error) -> S3Operation {
    let isUpload = query.has("uploadId")
    switch head.verb {
    case .get:
      if isUpload { throw .notImplemented("listings of an upload's parts") }
      return .getObject
    case .head: return .headObject
    case .put where isUpload:
      if head.hasHeader("x-amz-copy-source") { throw .notImplemented("parts that are copies") }
      return .uploadPart
    case .put: return head.hasHeader("x-amz-copy-source") ? .copyObject : .putObject
    case .post where query.has("uploads"): return .createUpload
    case .post where isUpload: return .completeUpload
    case .post: throw S3Error.invalidArgument("POST needs the parameter uploads or uploadId.")
    case .delete: return isUpload ? .abortUpload : .deleteObject
    case .options, .other:
      throw .methodNotAllowed(head.method, allowed: "GET, HEAD, PUT, POST, DELETE")
    }
  }
}
