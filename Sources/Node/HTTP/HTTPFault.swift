/// Why a request was refused before any handler saw it, or its connection given up.
///
/// Strict where two readers of the same bytes could see different requests (RFC 9112, sections 2.2,
/// 5.1, 6.3, 7.1 and 11.2): what is ambiguous is refused, never repaired.
public enum HTTPFault: String, Error, CaseIterable, Sendable {
  // The request line.
  case requestLineTooLong
  case malformedRequestLine
  case unsupportedVersion
  // Lines.
  case bareLineFeed
  case bareCarriageReturn
  case controlByte
  // Fields.
  case fieldsTooLarge
  case tooManyFields
  case malformedFieldName
  case foldedField
  case missingHost
  case severalHosts
  // Framing.
  case malformedContentLength
  case severalContentLengths
  case lengthAndTransferEncoding
  case unsupportedTransferEncoding
  case transferEncodingInHTTP10
  case malformedChunk
  case unsupportedExpectation
  // Time and number.
  case headTimeout
  case bodyTimeout
  case readerTimeout
  case tooManyConnections

  /// The status that the client is told; 0 if it is not told anything.
  public var status: Int {
    switch self {
    case .requestLineTooLong: 414
    case .unsupportedVersion: 505
    case .fieldsTooLarge, .tooManyFields: 431
    case .unsupportedTransferEncoding: 501
    case .unsupportedExpectation: 417
    case .headTimeout, .bodyTimeout: 408
    case .readerTimeout, .tooManyConnections: 0
    default: 400
    }
  }

  /// What is wrong, and the cure.
  public var message: String {
    switch self {
    case .requestLineTooLong: "The request line is longer than 8192 bytes; shorten the URL."
    case .malformedRequestLine: "The request line is not METHOD SP TARGET SP HTTP/1.1; correct it."
    case .unsupportedVersion: "Only HTTP/1.1 and HTTP/1.0 are spoken here; use one of them."
    case .bareLineFeed: "A line ends with LF alone; end every line with CR LF."
    case .bareCarriageReturn: "The head holds a CR that is not before an LF; leave it out."
    case .controlByte: "The head holds a control byte; leave it out."
    case .fieldsTooLarge:
      "The header fields are longer than 32768 bytes; send fewer or shorter ones."
    case .tooManyFields: "There are more than 128 header fields; send fewer."
    case .malformedFieldName:
      "A header line does not start with a name and a colon right behind it; correct it."
    case .foldedField: "A header field goes on in a second line; write it in one."
    case .missingHost: "An HTTP/1.1 request needs a Host header; add it."
    case .severalHosts: "There are two Host headers; send one."
    case .malformedContentLength: "Content-Length is not a number of up to 18 digits; correct it."
    case .severalContentLengths: "There are two Content-Length headers; send one."
    case .lengthAndTransferEncoding:
      "There are both Content-Length and Transfer-Encoding; send one of them."
    case .unsupportedTransferEncoding: "Transfer-Encoding may only be chunked; use that."
    case .transferEncodingInHTTP10:
      "Transfer-Encoding is not of HTTP/1.0; send a Content-Length or use HTTP/1.1."
    case .malformedChunk: "The body's chunks are malformed; correct their sizes and line ends."
    case .unsupportedExpectation: "Expect may only be 100-continue; leave it out."
    case .headTimeout: "The request's head took too long; send it at once."
    case .bodyTimeout: "The request's body came too slowly; send it faster."
    case .readerTimeout: "The client took nothing of the response for too long."
    case .tooManyConnections: "There are too many connections; close some."
    }
  }
}
