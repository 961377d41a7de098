/// Hands what is to be published to the iopub thread; from any thread, in order.
package final class Publisher: Sendable {
  /// A publication and the header of the request that it belongs to (nil for none).
  package struct Letter: Sendable {
    package let publication: Publication
    package let parent: [UInt8]?
  }

  package let mailbox: Mailbox<Letter>

  /// What may wait here for the iopub thread before posters have to.
  private static let largestWeight = 16 << 20

  package init() throws(KernelServerError) { mailbox = try Mailbox(limit: Self.largestWeight) }

  package func post(_ publication: Publication, for request: RawMessage?) {
    mailbox.post(Letter(publication: publication, parent: request?.headerBytes), weight: publication.weight)
  }
}

extension Publication {
  /// About how many bytes it takes.
  var weight: Int { 256 + content.weight + metadata.weight + buffers.reduce(0) { $0 + $1.count } }
}

extension JSONValue {
  fileprivate var weight: Int {
    switch self {
    case .null, .bool, .integer, .number: 16
    case .string(let text): 16 + text.utf8.count
    case .array(let elements): elements.reduce(16) { $0 + $1.weight }
    case .object(let object): object.members.reduce(16) { $0 + 16 + $1.key.utf8.count + $1.value.weight }
    }
  }
}
