/// Why a received message is thrown away unanswered.
package enum WireError: Error, Hashable, CustomStringConvertible {
  case oversized
  case noDelimiter
  case missingFrames(found: Int)
  case signatureMismatch
  case replayed
  case malformed(part: String, JSONError)
  case notAnObject(part: String)
  case headerTooLong(bytes: Int)
  case headerField(String)

  package var description: String {
    switch self {
    case .oversized: "too many frames or bytes"
    case .noDelimiter: "no <IDS|MSG> delimiter"
    case .missingFrames(let found): "\(found) frames after the delimiter, at least 5 expected"
    case .signatureMismatch: "the signature does not match"
    case .replayed: "the signature was used before"
    case .malformed(let part, let error): "the \(part) is not JSON: \(error)"
    case .notAnObject(let part): "the \(part) is not a JSON object"
    case .headerTooLong(let bytes): "the header has \(bytes) bytes"
    case .headerField(let name): "the header's '\(name)' is missing or not text"
    }
  }
}
