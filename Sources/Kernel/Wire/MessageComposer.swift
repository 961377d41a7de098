import Synchronization

/// Makes the kernel's own messages: header, parts as bytes, signature over those bytes.
package final class MessageComposer: Sendable {
  /// The version of the messaging protocol that the kernel speaks.
  package static let protocolVersion = "5.5"

  package let sessionID: String
  private let signer: MessageSigner
  private let count = Atomic<Int>(0)

  package init(signer: MessageSigner, sessionID: String = MessageComposer.randomID()) {
    self.signer = signer
    self.sessionID = sessionID
  }

  /// The frames of a message in answer to the request whose header is `parent` (nil for none).
  package func frames(
    of type: String, content: JSONValue, parent: [UInt8]?, identities: [[UInt8]] = [],
    metadata: JSONValue = [:],
    buffers: [[UInt8]] = []
  ) -> [[UInt8]] {
    var parts = WireFrames(
      identities: identities, signature: [], header: header(of: type),
      parentHeader: parent ?? Self.emptyObject,
      metadata: JSONWriter.bytes(of: metadata), content: JSONWriter.bytes(of: content), buffers: buffers)
    parts.signature = signer.signature(of: parts)
    return parts.joined
  }

  private func header(of type: String) -> [UInt8] {
    let number = count.add(1, ordering: .relaxed).newValue
    var writer = JSONWriter()
    writer.write([
      "msg_id": .string("\(sessionID)_\(number)"), "session": .string(sessionID), "username": "kernel",
      "date": .string(Timestamp.now.text), "msg_type": .string(type),
      "version": .string(Self.protocolVersion),
    ])
    return writer.bytes
  }

  private static let emptyObject = Array("{}".utf8)

  /// 128 random bits as hexadecimal text.
  package static func randomID() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }.joined()
  }
}
