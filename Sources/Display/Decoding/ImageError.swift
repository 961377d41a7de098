/// Why a picture cannot be read or written.
package enum ImageError: Error, Equatable {
  /// The operating system's reason, in words.
  case file(reason: String)
  /// A directory, a FIFO, a device.
  case notAFile(kind: String)
  case fileTooLarge(bytes: Int, limit: Int)
  /// The first bytes belong to no known format.
  case unknownFormat(beginning: [UInt8])
  /// It moves, and only still pictures are read.
  case animation(format: String)
  /// A damaged picture: what the decoder says, and how many bytes it had read.
  case damaged(format: String, reason: String, offset: Int?)
  case tooManyPixels(width: Int, height: Int, limit: Int)
  case noDecoder(format: String, library: String)
  case cannotWrite(path: String, reason: String)
  /// There is no memory for it.
  case noRoom(bytes: Int)
  /// Whoever asked for a drawing or a picture does not want it any more.
  case stopped
}

extension ImageError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .file(let reason): reason
    case .notAFile(let kind): "it is \(kind), not a picture file"
    case .fileTooLarge(let bytes, let limit): "the file has \(bytes) bytes, at most \(limit) are read"
    case .unknownFormat(let beginning) where beginning.isEmpty: "the file is empty"
    case .unknownFormat(let beginning) where Self.otherFormat(beginning) != nil:
      "it is \(Self.otherFormat(beginning) ?? ""), and only PNG, JPEG and WebP are read: convert it first"
    case .animation(let format):
      "it is an animated \(format), and only still pictures are read: save one as PNG"
    case .unknownFormat(let beginning):
      "no PNG, JPEG or WebP: it begins with \(beginning.prefix(8).map(Self.hexadecimal).joined(separator: " "))"
    case .damaged(let format, let reason, let offset):
      "damaged \(format): \(reason)" + (offset.map { " at byte \($0)" } ?? "")
    case .tooManyPixels(let width, let height, let limit):
      "\(width)x\(height) pixels are more than the limit of \(limit / 1_000_000) million"
    case .noDecoder(let format, let library): "\(format) needs \(library), which is not installed"
    case .cannotWrite(let path, let reason): "'\(path)' cannot be written: \(reason)"
    case .noRoom(let bytes): "it needs about \(max(1, bytes / 1_000_000)) MB of memory, which are not free"
    case .stopped: "it was stopped"
    }
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = Array("0123456789abcdef")
    return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
  }
}

extension ImageError {
  /// The name of a picture's format that is not read, by how its file begins.
  private static func otherFormat(_ beginning: [UInt8]) -> String? {
    let formats: [(start: [UInt8], at: Int, name: String)] = [
      (Array("GIF8".utf8), 0, "a GIF"), (Array("BM".utf8), 0, "a BMP"),
      ([0x49, 0x49, 0x2A, 0x00], 0, "a TIFF"), ([0x4D, 0x4D, 0x00, 0x2A], 0, "a TIFF"),
      (Array("ftyp".utf8), 4, "a HEIF or AVIF"), ([0x00, 0x00, 0x01, 0x00], 0, "an icon"),
      (Array("%PDF".utf8), 0, "a PDF"),
    ]
    return formats.first { beginning.dropFirst($0.at).starts(with: $0.start) }?.name
  }
}
