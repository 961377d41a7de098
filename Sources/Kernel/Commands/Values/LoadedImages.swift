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
  /// What the data set calls it.
  package let labelName: String?
  /// How many classes the data set has.
  package let labelCount: Int?

  package init(
    name: String, raster: Raster, format: String, crops: Bool = true, label: Int? = nil,
    labelName: String? = nil, labelCount: Int? = nil
  ) {
    self.name = name
    self.raster = raster
    self.format = format
    self.crops = crops
    self.label = label
    self.labelName = labelName
    self.labelCount = labelCount
  }

  /// The same picture, its middle cut out or the whole of it fitted.
  package func fitted(crops: Bool) -> LoadedImage {
    guard crops != self.crops else { return self }
    return LoadedImage(
      name: name, raster: raster, format: format, crops: crops, label: label, labelName: labelName,
      labelCount: labelCount)
  }

  /// What it truly shows, where its data set says so.
  package func trueName(in model: LoadedModel) -> String? { labelName ?? label.map(model.className) }

  /// The true class for programs; null where nobody knows it.
  package func trueFacts(in model: LoadedModel) -> JSONValue {
    guard let label, let name = trueName(in: model) else { return .null }
    return ["label": .integer(label), "name": .string(name)]
  }

  /// Its size, what the file was, and how it is fitted where that is not the usual way.
  package var summary: String {
    "\(name): \(raster.width)x\(raster.height), \(format)" + (crops ? "" : ", the whole picture")
  }
}

/// The pictures that commands look at: one file, several, or a batch of a data set.
package struct LoadedImages: CurrentValue {
  package static let noun = "image"
  package static let wayToGet = "use `image PATH`"

  package let images: [LoadedImage]

  package init(_ images: [LoadedImage]) { self.images = images }

  package var summary: String {
    let lines = images.prefix(8).map(\.summary)
    return lines.joined(separator: "\n") + (images.count > 8 ? "\nand \(images.count - 8) more" : "")
  }

  package func bundle(with settings: Settings) throws -> DisplayBundle {
    let facts: JSONValue = [
      "verb": "image",
      "images": .array(
        images.map {
          [
            "name": .string($0.name), "width": .integer($0.raster.width),
            "height": .integer($0.raster.height), "crop": .string($0.crops ? "center" : "none"),
          ]
        }),
    ]
    return try drawnBundle(with: settings, look: HeatLook(), facts: facts)
      .saying(images.count == 1 ? summary : "")
  }
}

extension LoadedImages: DrawnValue, SavableValue {
  package func panels(with settings: Settings, look: HeatLook) -> [PanelGrid.Panel] {
    images.prefix(16).map { image in
      PanelGrid.Panel(
        Self.reduced(image.raster, to: 640), titles: images.count > 1 ? [PanelGrid.Line(image.name)] : [])
    }
  }

  package var partNames: [String] { ["overlay"] }

  package func part(_ name: String, with settings: Settings) throws -> SavedPart {
    guard let first = images.first, images.count == 1 else {
      throw Diagnostic(
        "several-pictures", "\(images.count) pictures cannot be saved as one: keep them singly")
    }
    return .picture(first.raster)
  }

  private static func reduced(_ picture: Raster, to side: Int) -> Raster {
    let longest = max(picture.width, picture.height)
    let opaque = picture.opaque
    guard longest > side else { return opaque }
    return opaque.resized(
      width: max(1, picture.width * side / longest), height: max(1, picture.height * side / longest),
      filter: .bilinear)
  }
}
