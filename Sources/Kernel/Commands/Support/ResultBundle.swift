package import Display

extension DisplayBundle {
  /// The type of the machine-readable result.
  package static let factsType = "application/vnd.camkernel.v1+json"

  /// A result: a text that is complete without a picture, a picture, and the numbers for programs.
  ///
  /// - Parameters:
  ///   - text: one or a few lines.
  ///   - picture: shown at most 1000 pixels wide or high.
  ///   - facts: the members of the machine-readable result.
  ///   - html: a table, where the result is one.
  ///   - notes: text chunks of the picture, so that it says where it came from.
  ///   - isHeat: whether its colours are to be read as numbers, so that none may stray by more than one step.
  /// - Returns: the bundle.
  /// - Throws: what the PNG encoder reports.
  package static func result(
    _ text: String, picture: Raster? = nil, facts: JSONValue? = nil, html: String? = nil,
    notes: [(key: String, text: String)] = [], isHeat: Bool = false
  ) throws -> DisplayBundle {
    var data: [(type: String, content: JSONValue)] = [("text/plain", .string(text))]
    var metadata = JSONObject()
    if let html { data.append(("text/html", .string(html))) }
    if let picture {
      let bytes = try PNGEncoder.encode(picture, notes: notes, tolerance: isHeat ? 1 : tolerance(of: picture))
      data.append(("image/png", .string(Base64.text(of: bytes))))
      let shown = shownSize(width: picture.width, height: picture.height)
      metadata["image/png"] = pictureNotes(width: shown.width, height: shown.height, alt: text)
    }
    if let facts { data.append((factsType, facts)) }
    return DisplayBundle(data, metadata: .object(metadata))
  }

  /// A figure with words, sharp on dense screens.
  ///
  /// - Parameters:
  ///   - figure: what is drawn.
  ///   - text: one or a few lines.
  ///   - facts: the members of the machine-readable result.
  ///   - notes: text chunks of the picture.
  /// - Returns: the bundle.
  /// - Throws: what the renderer reports.
  package static func figure(
    _ figure: any Figure, text: String, facts: JSONValue? = nil, notes: [(key: String, text: String)] = []
  ) throws -> DisplayBundle {
    .figure(try FigureRenderer.picture(of: figure, notes: notes), text: text, facts: facts)
  }

  /// The bundle with the numbers for programs.
  package func stating(_ facts: JSONValue) -> DisplayBundle {
    var copy = self
    copy.data.append((Self.factsType, facts))
    return copy
  }

  /// What a frontend is told of a picture: its size on the page, and words for those who do not see it.
  package static func pictureNotes(width: Int, height: Int, alt: String) -> JSONValue {
    ["width": .integer(width), "height": .integer(height), "alt": .string(alt)]
  }

  /// How far a colour may be from what it was, of 255, so that a notebook's file stays small.
  private static func tolerance(of picture: Raster) -> Int {
    picture.width * picture.height <= 1 << 18 ? 1 : 3
  }

  private static func shownSize(width: Int, height: Int) -> (width: Int, height: Int) {
    let longest = max(width, height, 1)
    guard longest > 1000 else { return (width, height) }
    return (max(1, width * 1000 / longest), max(1, height * 1000 / longest))
  }
}
