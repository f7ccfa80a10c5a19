/// Multipart uploads: the origin keeps them.
extension S3Exchange {
  func createUpload() throws(S3Error) {
    let place = try place()
    let metadata = try S3Metadata.of(head)
    let object = object(in: place)
    let (bucket, key) = (target.bucket, target.key)
    run {
      let upload = try await place.origin.startUpload(object, metadata)
      return .document("InitiateMultipartUploadResult") {
        $0.element("Bucket", bucket)
        $0.element("Key", key)
        $0.element("UploadId", upload)
      }
    }
  }

  func uploadPart() throws(S3Error) {
    let place = try place()
    let text = target.query["partNumber"] ?? ""
    guard let number = Int(text), (1...10_000).contains(number) else {
      throw .invalidArgument("partNumber must be 1 to 10000; it is \(text).")
    }
    let upload = try uploadID()
    let body = try S3UploadBody(self)
    let object = object(in: place)
    run { [self] in
      let version = try await storing(body) { () throws(OriginError) in
        try await place.origin.putPart(
          object, upload: upload, number: number, length: body.length, body: body.stream)
      }
      return S3Answer(headers: [("ETag", version)])
    }
  }

  func completeUpload() throws(S3Error) {
    let place = try place()
    let upload = try uploadID()
    let body = try S3UploadBody(self)
    guard body.length <= S3Documents.limit else { throw .malformedXML }
    let object = object(in: place)
    run { [self] in
      let list = try S3PartList(try await S3Documents.collect(body))
      defer { forget(target.key) }
      let stored = try await place.origin.completeUpload(
        object, upload: upload, parts: list.parts)
      return .document("CompleteMultipartUploadResult") {
        $0.element("Location", "/\(self.target.bucket)/\(self.target.key)")
        $0.element("Bucket", self.target.bucket)
        $0.element("Key", self.target.key)
        $0.element("ETag", stored.version)
      }
    }
  }

  func abortUpload() throws(S3Error) {
    let place = try place()
    let upload = try uploadID()
    let object = object(in: place)
    run {
      try await place.origin.abortUpload(object, upload: upload)
      return S3Answer(status: 204)
    }
  }

  private func uploadID() throws(S3Error) -> String {
    guard let upload = target.query["uploadId"], !upload.isEmpty else {
      throw .invalidArgument("uploadId is empty; use the one that the upload began with.")
    }
    return upload
  }
}
