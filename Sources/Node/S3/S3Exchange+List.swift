/// Listings and what clients ask about buckets.
extension S3Exchange {
  // MARK: ListObjects

  func listObjects() throws(S3Error) {
    let place = try place()
    let listing = try S3Listing(target.query, bucket: target.bucket)
    guard listing.limit > 0 else { return respond(listing.answer(ListPage())) }
    run {
      var request = ListRequest(container: place.name)
      request.prefix = listing.prefix
      request.delimiter = listing.delimiter
      request.after = listing.after
      request.limit = listing.limit
      return listing.answer(try await place.origin.list(request))
    }
  }

  // MARK: Buckets

  func listBuckets() {
    let (containers, tenant) = (service.containers, caller.tenant)
    run {
      let buckets = try await containers.all(tenant: tenant)
      return .document("ListAllMyBucketsResult") { writer in
        S3Listing.appendOwner(to: &writer)
        writer.element("Buckets") { writer in
          for bucket in buckets {
            writer.element("Bucket") {
              $0.element("Name", bucket.name)
              $0.element("CreationDate", HTTPDate.formatISO8601(bucket.created))
            }
          }
        }
      }
    }
  }

  func headBucket() throws(S3Error) {
    let place = try place()
    run {
      var request = ListRequest(container: place.name)
      request.limit = 1
      _ = try await place.origin.list(request)
      return S3Answer(headers: [("x-amz-bucket-region", "us-east-1")])
    }
  }

  /// What every bucket has and clients look for: a location (the classic region, which has no name)
  /// and no versions.
  func bucketProperty() throws(S3Error) {
    _ = try place()
    let root = target.query.has("location") ? "LocationConstraint" : "VersioningConfiguration"
    respond(.document(root) { _ in })
  }
}
