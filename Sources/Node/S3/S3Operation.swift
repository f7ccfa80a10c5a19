/// What clients can ask of the S3 front end.
public enum S3Operation: Int, Sendable, CaseIterable {
  case getObject, headObject, putObject, copyObject, deleteObject, deleteObjects, listObjects
  case listBuckets, headBucket, bucketProperty, createUpload, uploadPart, completeUpload
  case abortUpload
  /// What is refused before it is known what is asked.
  case other

  /// The name in metrics.
  public var name: String {
    switch self {
    case .getObject: "get-object"
    case .headObject: "head-object"
    case .putObject: "put-object"
    case .copyObject: "copy-object"
    case .deleteObject: "delete-object"
    case .deleteObjects: "delete-objects"
    case .listObjects: "list-objects"
    case .listBuckets: "list-buckets"
    case .headBucket: "head-bucket"
    case .bucketProperty: "bucket-property"
    case .createUpload: "create-upload"
    case .uploadPart: "upload-part"
    case .completeUpload: "complete-upload"
    case .abortUpload: "abort-upload"
    case .other: "other"
    }
  }

  /// Needs a tenant that may write.
  var isWrite: Bool {
    switch self {
    case .getObject, .headObject, .listObjects, .listBuckets, .headBucket, .bucketProperty, .other:
      false
    case .putObject, .copyObject, .deleteObject, .deleteObjects, .createUpload, .uploadPart,
      .completeUpload, .abortUpload:
      true
    }
  }
}
