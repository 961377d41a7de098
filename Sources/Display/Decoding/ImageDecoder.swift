internal import CJPEG
internal import CPNG
internal import CPixels
internal import CWebP

/// What a picture file was before it was read as 8-bit colours.
package struct ImageOrigin: Sendable, Equatable {
  /// `PNG`, `JPEG` or `WebP`.
  package let format: String
  /// What its pixels were, for example "16-bit grey" or "CMYK".
  package let pixels: String
  /// Whether the picture was turned as its EXIF data asks.
  package let wasTurned: Bool
}

/// Reads pictures by their content; the file's name says nothing.
package enum ImageDecoder {
  /// More pixels are refused before memory is taken.
  package static let pixelLimit = 200_000_000

  /// The picture in a file.
  ///
  /// With `alpha` a transparent picture keeps its fourth channel. `isStopped` is asked every few rows; where it says so,
  /// `ImageError.stopped` is thrown.
  package static func read(
    path: String, alpha: Bool = false, isStopped: () -> Bool = { false }
  ) throws(ImageError) -> (raster: Raster, origin: ImageOrigin) {
    try read(BoundedFile.bytes(at: path, isStopped: isStopped), alpha: alpha, isStopped: isStopped)
  }

  /// The picture in memory.
  package static func read(
    _ bytes: [UInt8], alpha: Bool = false, pixelLimit: Int = pixelLimit, isStopped: () -> Bool = { false }
  ) throws(ImageError) -> (raster: Raster, origin: ImageOrigin) {
    let (raster, origin, orientation): Decoded
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      (raster, origin, orientation) = try png(bytes, alpha, pixelLimit, isStopped)
    } else if bytes.starts(with: [0xFF, 0xD8]) {
      (raster, origin, orientation) = try jpeg(bytes, pixelLimit, isStopped)
    } else if bytes.count > 12, bytes.starts(with: Array("RIFF".utf8)),
      bytes[8..<12].elementsEqual("WEBP".utf8)
    {
      (raster, origin, orientation) = try webp(bytes, alpha, pixelLimit, isStopped)
    } else {
      throw .unknownFormat(beginning: Array(bytes.prefix(8)))
    }
    return (try orientation.applied(to: raster, isStopped: isStopped), origin)
  }

  /// A picture as its file has it, and how the camera was held.
  private typealias Decoded = (raster: Raster, origin: ImageOrigin, orientation: Orientation)

  private static func check(_ width: Int, _ height: Int, limit: Int, format: String) throws(ImageError) {
    guard width > 0, height > 0 else {
      throw .damaged(format: format, reason: "a size of \(width)x\(height)", offset: nil)
    }
    guard width <= limit / height else { throw .tooManyPixels(width: width, height: height, limit: limit) }
    // Once as it lies in the file, and once turned or made opaque.
    try PictureMemory.check(2 * 4 * width * height)
  }

  private static func png(
    _ bytes: [UInt8], _ alpha: Bool, _ limit: Int, _ isStopped: () -> Bool
  ) throws(ImageError) -> Decoded {
    var info = cpng_info()
    guard cpng_read_info(bytes, bytes.count, &info) == 0 else { throw damage(info) }
    let (width, height) = (Int(info.width), Int(info.height))
    try check(width, height, limit: limit, format: "PNG")
    let hasAlpha = alpha && (Int(info.color_type) & 4 != 0 || info.color_type == 3)
    let channels = hasAlpha ? 4 : 3
    var status: Int32 = 0
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * channels) { buffer, count in
      cpx_expect_all(buffer.baseAddress, buffer.count)
      status = StopQuestion.ask(isStopped) {
        cpng_read_pixels(bytes, bytes.count, hasAlpha ? 1 : 0, buffer.baseAddress, &info, $0, $1)
      }
      count = status == 0 ? width * height * channels : 0
    }
    guard status != Int32(cpng_was_stopped) else { throw .stopped }
    guard status == 0 else { throw damage(info) }
    let kind =
      switch Int(info.color_type) {
      case 0: "grey"
      case 2: "RGB"
      case 3: "palette"
      case 4: "grey with alpha"
      default: "RGB with alpha"
      }
    let depth = info.depth == 8 ? "" : "\(info.depth)-bit "
    let orientation = Orientation.read(fromPNG: bytes)
    return (
      Raster(width: width, height: height, channels: channels, pixels: pixels),
      ImageOrigin(
        format: "PNG", pixels: depth + kind + (info.interlaced != 0 ? ", interlaced" : "") + frames(bytes),
        wasTurned: orientation != .upright), orientation
    )
  }

  /// What is passed over of an animated file.
  private static func frames(_ bytes: [UInt8]) -> String {
    guard let animation = PNGAnimation(bytes), animation.frames > 1 else { return "" }
    return animation.beginsWithPicture
      ? ", the first of \(animation.frames) frames"
      : ", the still picture of an animation of \(animation.frames) frames"
  }

  private static func damage(_ info: cpng_info) -> ImageError {
    .damaged(format: "PNG", reason: text(of: info.message), offset: Int(info.place))
  }

  private static func jpeg(
    _ bytes: [UInt8], _ limit: Int, _ isStopped: () -> Bool
  ) throws(ImageError) -> Decoded {
    var info = cjpeg_info()
    guard cjpeg_read_info(bytes, bytes.count, &info) == 0 else {
      throw damage(info)
    }
    let (width, height, isCMYK) = (Int(info.width), Int(info.height), info.components == 4)
    try check(width, height, limit: limit, format: "JPEG")
    let components = info.components
    let channels = isCMYK ? 4 : 3
    var status: Int32 = 0
    var pixels = [UInt8](unsafeUninitializedCapacity: width * height * channels) { buffer, count in
      cpx_expect_all(buffer.baseAddress, buffer.count)
      status = StopQuestion.ask(isStopped) {
        cjpeg_read_pixels(bytes, bytes.count, isCMYK ? 1 : 0, buffer.baseAddress, &info, $0, $1)
      }
      count = status == 0 ? width * height * channels : 0
    }
    guard status != Int32(cjpeg_was_stopped) else { throw .stopped }
    guard status == 0 else { throw damage(info) }
    if isCMYK { pixels = try colours(ofInks: pixels, width, height, isStopped) }
    let raster = Raster(width: width, height: height, pixels: pixels)
    let orientation = Orientation.read(fromJPEG: bytes)
    let kind = components == 1 ? "grey" : isCMYK ? "CMYK" : "colour"
    return (
      raster, ImageOrigin(format: "JPEG", pixels: kind, wasTurned: orientation != .upright), orientation
    )
  }

  /// The red, green and blue of four inks.
  private static func colours(
    ofInks inks: [UInt8], _ width: Int, _ height: Int, _ isStopped: () -> Bool
  ) throws(ImageError) -> [UInt8] {
    var isWhole = true
    let colours = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      inks.withUnsafeBufferPointer { source in
        for row in 0..<height {
          if isStopped() {
            isWhole = false
            return
          }
          guard let from = source.baseAddress, let to = buffer.baseAddress else { return }
          cpx_cmyk(from + 4 * row * width, to + 3 * row * width, width)
        }
      }
      count = isWhole ? width * height * 3 : 0
    }
    guard isWhole else { throw .stopped }
    return colours
  }

  private static func damage(_ info: cjpeg_info) -> ImageError {
    .damaged(format: "JPEG", reason: text(of: info.message), offset: Int(info.place))
  }

  /// Whether the extended head of a WebP file says that it has frames.
  private static func isAnimation(_ bytes: [UInt8]) -> Bool {
    bytes.count > 20 && bytes[12..<16].elementsEqual("VP8X".utf8) && bytes[20] & 2 != 0
  }

  private static func webp(
    _ bytes: [UInt8], _ alpha: Bool, _ limit: Int, _ isStopped: () -> Bool
  ) throws(ImageError) -> Decoded {
    guard cwebp_is_available() != 0 else {
      try PictureMemory.check(PictureMemory.libraries)
      throw .noDecoder(format: "WebP", library: "libwebp")
    }
    var (width, height): (Int32, Int32) = (0, 0)
    guard cwebp_read_info(bytes, bytes.count, &width, &height) == 0 else {
      throw .damaged(format: "WebP", reason: "its head makes no sense", offset: nil)
    }
    try check(Int(width), Int(height), limit: limit, format: "WebP")
    let size = Int(width) * Int(height) * (alpha ? 4 : 3)
    var status: Int32 = 0
    let pixels = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      status = StopQuestion.ask(isStopped) {
        cwebp_read_pixels(bytes, bytes.count, alpha ? 1 : 0, buffer.baseAddress, width, height, $0, $1)
      }
      count = status == 0 ? size : 0
    }
    guard status != Int32(cwebp_was_stopped) else { throw .stopped }
    guard status == 0 else {
      if isAnimation(bytes) { throw .animation(format: "WebP") }
      throw .damaged(format: "WebP", reason: "its pixels cannot be read", offset: nil)
    }
    let orientation = Orientation.read(fromWebP: bytes)
    let raster = Raster(width: Int(width), height: Int(height), channels: alpha ? 4 : 3, pixels: pixels)
    return (
      raster, ImageOrigin(format: "WebP", pixels: "colour", wasTurned: orientation != .upright), orientation
    )
  }

  /// A C array of characters as text.
  private static func text<Characters>(of characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
