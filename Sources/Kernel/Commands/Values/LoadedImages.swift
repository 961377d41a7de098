package import Display

/// One picture of a session.
package final class LoadedImage {
  /// The file's name, for captions.
  package let name: String
  package let raster: Raster
  /// What the file was, such as `JPEG, CMYK`.
  package let format: String
  /// False where the whole picture is fitted into the network's input.
  package let crops: Bool
  /// The index of the true class, where a data set knows it.
  package let label: Int?

  package init(name: String, raster: Raster, format: String, crops: Bool = true, label: Int? = nil) {
    self.name = name
    self.raster = raster
    self.format = format
    self.crops = crops
    self.label = label
  }
}

/// The pictures that commands look at: one file, several, or a batch of a data set.
package struct LoadedImages: CurrentValue {
  package static let noun = "image"
  package static let wayToGet = "use `image PATH`"

  package let images: [LoadedImage]

  package init(_ images: [LoadedImage]) { self.images = images }

  package var summary: String {
    let lines = images.prefix(8).map { "\($0.name): \($0.raster.width)x\($0.raster.height), \($0.format)" }
    return lines.joined(separator: "\n") + (images.count > 8 ? "\nand \(images.count - 8) more" : "")
  }

  package func bundle(with settings: Settings) throws -> DisplayBundle {
    let facts: JSONValue = [
      "verb": "image",
      "images": .array(
        images.map {
          [
            "name": .string($0.name), "width": .integer($0.raster.width),
            "height": .integer($0.raster.height),
          ]
        }),
    ]
    return try .result(summary, picture: PictureSheet.sheet(of: images.map(\.raster)), facts: facts)
  }
}

/// Pictures side by side, without text.
enum PictureSheet {
  private static let side = 448
  private static let gap = 6

  /// One picture as it is, at most 1000 pixels; several as squares in rows.
  static func sheet(of pictures: [Raster]) -> Raster? {
    guard let first = pictures.first else { return nil }
    if pictures.count == 1 { return reduced(first, to: 1000) }
    let columns = pictures.count <= 4 ? pictures.count : 4
    let shown = Array(pictures.prefix(16))
    let cell = min(side, (1000 - gap * (columns - 1)) / columns)
    let rows = (shown.count + columns - 1) / columns
    var sheet = Raster(
      width: columns * cell + (columns - 1) * gap, height: rows * cell + (rows - 1) * gap,
      color: (255, 255, 255))
    for (index, picture) in shown.enumerated() {
      let small = reduced(picture, to: cell)
      let x = index % columns * (cell + gap) + (cell - small.width) / 2
      let y = index / columns * (cell + gap) + (cell - small.height) / 2
      paste(small, into: &sheet, x: x, y: y)
    }
    return sheet
  }

  private static func reduced(_ picture: Raster, to side: Int) -> Raster {
    let longest = max(picture.width, picture.height)
    let opaque = picture.opaque
    guard longest > side else { return opaque }
    return opaque.resized(
      width: max(1, picture.width * side / longest), height: max(1, picture.height * side / longest),
      filter: .bilinear)
  }

  private static func paste(_ picture: Raster, into sheet: inout Raster, x: Int, y: Int) {
    for row in 0..<picture.height {
      let source = row * picture.width * 3
      let target = ((y + row) * sheet.width + x) * 3
      sheet.pixels.replaceSubrange(
        target..<target + picture.width * 3, with: picture.pixels[source..<source + picture.width * 3])
    }
  }
}
