/// Bytes one after the other, unpacked on the way where they are packed by gzip.
struct ByteStream {
  private let source: ByteSlice
  /// nil where the bytes are not packed.
  private let stream: InflateStream?
  private var consumed = 0
  private var isFinished = false
  private let limit: Int
  /// How many bytes have been given.
  private(set) var position = 0

  /// More than `limit` unpacked bytes are refused.
  init(_ source: ByteSlice, limit: Int) throws(FormatError) {
    self.source = source
    self.limit = limit
    stream = source.starts(with: [0x1f, 0x8b]) ? try InflateStream(.gzip) : nil
  }

  /// The next bytes, fewer than `count` only at the end; nil when nothing is left.
  mutating func read(_ count: Int) throws(FormatError) -> ByteSlice? {
    guard count <= limit - position else {
      throw FormatError(
        .tooLarge(what: "what the archive unpacks to", size: position + count, limit: limit), offset: consumed
      )
    }
    let piece: ByteSlice?
    if let stream {
      piece = try unpacked(count, by: stream)
    } else {
      piece = source.slice(consumed..<min(source.count, consumed + count))
      consumed += piece?.count ?? 0
    }
    guard let piece, !piece.isEmpty else { return nil }
    position += piece.count
    return piece
  }

  private mutating func unpacked(_ count: Int, by stream: InflateStream) throws(FormatError) -> ByteSlice? {
    guard !isFinished else { return nil }
    try Allocation.check(count)
    let block = Allocation(byteCount: count)
    var produced = 0
    while produced < count, !isFinished {
      let start = consumed
      let step = try source.withUnsafeBytes { memory throws(FormatError) in
        try stream.step(
          UnsafeRawBufferPointer(rebasing: memory[start...]),
          into: UnsafeMutableRawBufferPointer(rebasing: block.memory[produced...]), offset: start)
      }
      consumed += step.consumed
      produced += step.produced
      isFinished = step.isAtEnd
    }
    return ByteSlice(block).slice(0..<produced)
  }
}
