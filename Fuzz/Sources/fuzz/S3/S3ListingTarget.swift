@testable internal import TarnNode

extension FuzzTarget {
  /// Queries of listings: limits hold, tokens name what they were made of, and the answer is XML
  /// that says the same names.
  static let s3Listing = FuzzTarget("s3-listing", longestInput: 256) { input in
    let text = input.text()
    if !text.isEmpty {
      let name = S3Listing.name(ofToken: S3Listing.token(of: text))
      demand(name.map { areEqualBytes($0, text) } == true, "a token names something else")
    }
    _ = S3Listing.name(ofToken: text)
    guard let query = S3Query(text),
      let listing = attempt({ () throws(S3Error) in try S3Listing(query, bucket: "b") })
    else { return }
    demand((0...1_000).contains(listing.limit), "a page has \(listing.limit) names")
    let isEscaped = query["encoding-type"] == "url"
    var page = ListPage()
    page.items = [ListPage.Item(key: text, size: 1, version: "\"v\"", lastModified: 0)]
    page.prefixes = [listing.prefix]
    page.continuesAfter = text.isEmpty ? nil : text
    // XML has no way to say NUL; names that hold it are shown escaped or not at all.
    guard isEscaped || !text.utf8.contains(0) && !listing.prefix.utf8.contains(0) else { return }
    checkAnswer(listing, page, isEscaped: isEscaped)
  }

  private static func checkAnswer(_ listing: S3Listing, _ page: ListPage, isEscaped: Bool) {
    guard let document = listing.answer(page).document else {
      fatalError("broken: a listing has no document")
    }
    do throws(XMLError) {
      let root = try XMLElement.parse(document)
      func name(_ text: String?) -> String? {
        isEscaped ? text.flatMap { PercentCoding.decode($0) } : text
      }
      let key = name(root.child("Contents")?["Key"]) ?? ""
      let prefix = name(root.child("CommonPrefixes")?["Prefix"]) ?? ""
      demand(areEqualBytes(key, page.items[0].key), "a listing shows another key")
      demand(areEqualBytes(prefix, page.prefixes[0]), "a listing shows another prefix")
    } catch { fatalError("broken: a listing is no XML: \(error)") }
  }
}
