/// The parts of a PNG file, one after the other, as far as they are whole.
struct PNGChunks: Sequence, IteratorProtocol {
  private let bytes: [UInt8]
  private var place = 8

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> (name: ArraySlice<UInt8>, content: ArraySlice<UInt8>)? {
    guard place + 12 <= bytes.count else { return nil }
    let length = Self.number(bytes[place..<(place + 4)])
    let start = place + 8
    guard start + length + 4 <= bytes.count else { return nil }
    defer { place = start + length + 4 }
    return (bytes[(place + 4)..<start], bytes[start..<(start + length)])
  }

  /// Bytes as a number, the most significant first.
  static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}

/// That a PNG file moves, as its `acTL` chunk says.
struct PNGAnimation {
  /// How many pictures it shows one after the other.
  let frames: Int
  /// Whether what readers of still pictures see is the first of them.
  let beginsWithPicture: Bool

  /// Nil for a still picture.
  init?(_ bytes: [UInt8]) {
    var frames: Int?
    var begins = false
    for part in PNGChunks(bytes) {
      if part.name.elementsEqual("IDAT".utf8) { break }
      if part.name.elementsEqual("acTL".utf8), part.content.count == 8 {
        frames = PNGChunks.number(part.content.prefix(4))
      }
      begins = begins || part.name.elementsEqual("fcTL".utf8)
    }
    guard let frames else { return nil }
    self.frames = frames
    beginsWithPicture = begins
  }
}
