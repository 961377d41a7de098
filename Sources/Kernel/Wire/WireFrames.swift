/// The frames of one message, named: `[identities..., <IDS|MSG>, signature, header, parent, metadata, content, buffers...]`.
///
/// See "The wire protocol" in the Jupyter messaging documentation.
package struct WireFrames: Sendable, Hashable {
  package var identities: [[UInt8]]
  package var signature: [UInt8]
  package var header: [UInt8]
  package var parentHeader: [UInt8]
  package var metadata: [UInt8]
  package var content: [UInt8]
  package var buffers: [[UInt8]]

  package static let delimiter = Array("<IDS|MSG>".utf8)

  package init(
    identities: [[UInt8]], signature: [UInt8], header: [UInt8], parentHeader: [UInt8], metadata: [UInt8],
    content: [UInt8], buffers: [[UInt8]] = []
  ) {
    self.identities = identities
    self.signature = signature
    self.header = header
    self.parentHeader = parentHeader
    self.metadata = metadata
    self.content = content
    self.buffers = buffers
  }

  /// Takes a received message apart; identities end at the first delimiter.
  package init(_ frames: [[UInt8]]) throws(WireError) {
    guard let delimiter = frames.firstIndex(of: Self.delimiter) else { throw .noDelimiter }
    let parts = frames[(delimiter + 1)...]
    guard parts.count >= 5 else { throw .missingFrames(found: parts.count) }
    let first = parts.startIndex
    self.init(
      identities: Array(frames[..<delimiter]), signature: parts[first], header: parts[first + 1],
      parentHeader: parts[first + 2], metadata: parts[first + 3], content: parts[first + 4],
      buffers: Array(parts[(first + 5)...]))
  }

  /// The message as it goes to a socket.
  package var joined: [[UInt8]] {
    identities + [Self.delimiter, signature, header, parentHeader, metadata, content] + buffers
  }
}
