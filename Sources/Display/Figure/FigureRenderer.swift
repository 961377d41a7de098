internal import CCairo

/// Turns figures into files.
package enum FigureRenderer {
  /// Formats of files, by suffix.
  package enum Format: String, Sendable, CaseIterable {
    case png, svg, pdf
  }

  /// The longest side of a picture in a notebook.
  package static let longestSide = 1000.0
  /// The height of one with so many panels that they could not be read otherwise.
  package static let greatestHeight = 4000.0
  /// Pixels of a file for a pixel of the screen, so that text is sharp on dense screens.
  package static let density = 2.0

  /// How many pixels of photographs a notebook's picture holds where it can: a notebook keeps every figure in its file.
  private static let photographPixels = 500_000.0
  /// Fewer pixels for one of the screen would make the words unclear.
  private static let leastDensity = 1.25
  /// How far a colour of a notebook's figure may be from what was drawn, of 255: nobody sees it, and the file is half
  /// as large.
  private static let tolerance = 4

  /// A picture for a notebook, its longest side at most 1,000 pixels (a tall figure's height at most 4,000).
  ///
  /// It is sharp at double density; many photographs are stored with fewer pixels. Between panels it is seen whether to
  /// stop; then `ImageError.stopped` is thrown.
  package static func picture(
    of figure: any Figure, notes: [(key: String, text: String)] = [],
    isStopped: @escaping () -> Bool = { false }
  ) throws(ImageError) -> NotebookPicture {
    let height = figure.isTall ? greatestHeight : longestSide
    let scale = min(1, longestSide / figure.size.width, height / figure.size.height)
    let area = figure.photographArea * scale * scale
    let density = max(leastDensity, min(density, (photographPixels / max(area, 1)).squareRoot()))
    let raster = try raster(of: figure, scale: density * scale, isStopped: isStopped)
    let notes = figure.altText.isEmpty ? notes : notes + [("Description", figure.altText)]
    return NotebookPicture(
      png: try PNGEncoder.encode(
        raster, notes: notes, tolerance: tolerance, pixelsPerInch: 96 * density),
      width: Int((figure.size.width * scale).rounded()), height: Int((figure.size.height * scale).rounded()),
      altText: figure.altText)
  }

  /// The pixels of a figure.
  package static func raster(
    of figure: any Figure, scale: Double = density, isStopped: @escaping () -> Bool = { false }
  ) throws(ImageError) -> Raster {
    let width = Int((figure.size.width * scale).rounded(.up))
    let height = Int((figure.size.height * scale).rounded(.up))
    // The canvas has four bytes a pixel, the picture three, and its file at most as many.
    try PictureMemory.check(10 * width * height)
    let canvas = try canvas(isStopped) { ccairo_make_image(figure.size.width, figure.size.height, scale) }
    draw(figure, on: canvas)
    guard !isStopped() else { throw .stopped }
    var status: Int32 = 0
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      status = canvas.with { ccairo_copy_pixels($0, buffer.baseAddress, Int32(width), Int32(height)) }
      count = status == 0 ? width * height * 3 : 0
    }
    guard status == 0 else { throw failure }
    return Raster(width: width, height: height, pixels: pixels)
  }

  /// The bytes of a file.
  package static func file(
    of figure: any Figure, format: Format, title: String = "", notes: [(key: String, text: String)] = []
  ) throws(ImageError) -> [UInt8] {
    switch format {
    case .png:
      return try PNGEncoder.encode(
        raster(of: figure), notes: notes, effort: .small, pixelsPerInch: 96 * density)
    case .svg:
      return labelled(try page(figure) { ccairo_make_svg(figure.size.width, figure.size.height) }, figure)
    case .pdf:
      let subject = ([figure.altText] + notes.map { "\($0.key): \($0.text)" }).joined(separator: "\n")
      return try page(figure) { ccairo_make_pdf(figure.size.width, figure.size.height, title, subject) }
    }
  }

  private static let failure = ImageError.damaged(
    format: "figure", reason: "Cairo could not draw it", offset: nil)

  private static func canvas(
    _ isStopped: @escaping () -> Bool, _ make: () -> OpaquePointer?
  ) throws(ImageError) -> Canvas {
    if let missing = ccairo_missing_library() {
      try PictureMemory.check(PictureMemory.libraries)
      throw .noDecoder(format: "a figure", library: String(cString: missing))
    }
    guard let handle = make() else { throw failure }
    return Canvas(handle: handle, isStopped: isStopped)
  }

  private static func draw(_ figure: any Figure, on canvas: Canvas) {
    canvas.fill(Box(x: 0, y: 0, width: figure.size.width, height: figure.size.height), FigureStyle.page)
    figure.draw(on: canvas)
  }

  private static func page(_ figure: any Figure, _ make: () -> OpaquePointer?) throws(ImageError) -> [UInt8] {
    let canvas = try canvas({ false }, make)
    draw(figure, on: canvas)
    var bytes: UnsafePointer<UInt8>?
    var count = 0
    let status = canvas.with { ccairo_finish($0, &bytes, &count) }
    guard status == 0, let bytes else { throw failure }
    return [UInt8](UnsafeBufferPointer(start: bytes, count: count))
  }

  /// Puts the description where readers of screens look for it: right after the opening tag.
  private static func labelled(_ svg: [UInt8], _ figure: any Figure) -> [UInt8] {
    let opening = Array("<svg".utf8)
    guard !figure.altText.isEmpty,
      let start = svg.indices.first(where: { svg[$0...].starts(with: opening) }),
      let end = svg[start...].firstIndex(of: UInt8(ascii: ">"))
    else { return svg }
    let text = figure.altText.reduce(into: "") { text, character in
      switch character {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      default: text.append(character)
      }
    }
    return svg[...end] + Array("\n<title>\(text)</title>".utf8) + svg[(end + 1)...]
  }
}
