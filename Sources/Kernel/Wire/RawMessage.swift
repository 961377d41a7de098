/// A received message whose signature was right and whose header is readable; its content is still bytes.
package struct RawMessage: Sendable {
  package let identities: [[UInt8]]
  package let header: Header
  /// The header's bytes as they came; replies and outputs carry them as their parent header.
  package let headerBytes: [UInt8]
  package let contentBytes: [UInt8]
  package let buffers: [[UInt8]]

  /// What the kernel reads of a header.
  package struct Header: Sendable {
    package let messageID: String
    package let messageType: String
    /// Nil where the client gave none that can be read.
    package let date: Timestamp?
    package let subshellID: String?
  }

  /// A header is echoed with every message that answers it, so a giant one is refused.
  private static let largestHeader = 64 << 10

  /// Checks and reads what came from a socket.
  package init(_ frames: [[UInt8]], signer: MessageSigner, replays: ReplayGuard) throws(WireError) {
    let parts = try WireFrames(frames)
    guard signer.verifies(parts) else { throw .signatureMismatch }
    if signer.isSigning {
      guard replays.admits(parts.signature) else { throw .replayed }
    }
    guard parts.header.count <= Self.largestHeader else { throw .headerTooLong(bytes: parts.header.count) }
    let fields = try Self.object(parts.header, part: "header")
    guard let messageID = fields["msg_id"]?.string else { throw .headerField("msg_id") }
    guard let messageType = fields["msg_type"]?.string else { throw .headerField("msg_type") }
    header = Header(
      messageID: messageID, messageType: messageType, date: fields["date"]?.string.flatMap { Timestamp($0) },
      subshellID: fields["subshell_id"]?.string)
    headerBytes = parts.header
    identities = parts.identities
    contentBytes = parts.content
    buffers = parts.buffers
  }

  /// The content, which every message type has as an object.
  package func content() throws(WireError) -> JSONObject { try Self.object(contentBytes, part: "content") }

  private static func object(_ bytes: [UInt8], part: String) throws(WireError) -> JSONObject {
    do {
      guard case .object(let object) = try JSONParser.parse(bytes) else {
        throw WireError.notAnObject(part: part)
      }
      return object
    } catch let error as JSONError {
      throw .malformed(part: part, error)
    } catch let error as WireError {
      throw error
    } catch {
      throw .notAnObject(part: part)
    }
  }
}
