@testable internal import TarnNode

extension FuzzTarget {
  /// Ids of uploads to Azure, which come back from clients: what is read is written as it came in
  /// meaning, and parts have ids of one length.
  static let uploadID = FuzzTarget("upload-id", longestInput: 256) { input in
    let text = input.text()
    guard let id = AzureUploadID(text) else { return }
    let again = AzureUploadID(id.text)
    demand(again?.serial == id.serial && again?.metadata == id.metadata, "\(text) changes")
    let block = id.block(part: 7)
    let part = UploadedPart(number: 7, version: block.version)
    demand(id.id(of: part) == block.id, "a part has another id than its block")
    let other = UploadedPart(number: 10_000, version: block.version)
    demand(id.id(of: other)?.utf8.count == block.id.utf8.count, "ids have several lengths")
    _ = id.id(of: UploadedPart(number: 1, version: text))
  }
}
