internal import CAMRuntime
internal import Display
package import ModelIO

/// A data set of a session: labelled pictures, read when they are needed.
package struct LoadedDataset: CurrentValue {
  package static let noun = "dataset"
  package static let wayToGet = "use `dataset cifar10 PATH`, `dataset folder PATH` or `dataset fetch cifar10`"
  private static let shown = 16
  private static let side = 240

  package let images: ImageDataset
  private let counts: [Int]

  package init(_ images: ImageDataset) {
    self.images = images
    counts = images.countsByClass
  }

  /// The names of the classes in the order of their labels.
  package var classNames: [String] { images.classes.names }

  /// The labels that pictures have: of ImageNet's thousand a folder of three kinds has three.
  package var presentLabels: [Int] { counts.indices.filter { counts[$0] > 0 } }

  /// Name and split, for captions.
  package var label: String { images.split.isEmpty ? images.name : "\(images.name) \(images.split)" }

  package var summary: String {
    var text = "\(label): \(images.count) pictures"
    let filled = presentLabels
    guard !filled.isEmpty else { return text + " without labels" }
    text += " of \(filled.count) classes"
    if filled.count < images.classes.count { text += " (labels of \(images.classes.name))" }
    if filled.count <= 12 {
      return text + "\n" + filled.map { "\(images.classes.names[$0]) \(counts[$0])" }.joined(separator: ", ")
    }
    let (least, most) = (filled.map { counts[$0] }.min() ?? 0, filled.map { counts[$0] }.max() ?? 0)
    return text + "\n" + (least == most ? "\(least) of each" : "\(least) to \(most) of each")
  }

  /// Counts, and pictures from all over the set.
  package func bundle(with settings: Settings) throws -> DisplayBundle {
    let count = min(Self.shown, images.count)
    let stream = PictureStream(
      images, order: (0..<count).map { $0 * images.count / count },
      interrupt: settings.interrupt ?? InterruptFlag())
    var samples: [PanelGrid.Panel] = []
    while let picture = try stream.next() { samples.append(panel(picture.raster, picture.label)) }
    var text = summary
    for broken in stream.broken { text += "\ncannot read \(broken.name): \(broken.reason)" }
    let facts: JSONValue = [
      "verb": "dataset", "dataset": .string(images.name), "split": .string(images.split),
      "count": .integer(images.count), "classes": .string(images.classes.name),
      "counts": .array(counts.map { .integer($0) }),
    ]
    return try Self.sheet(of: samples, text: text, facts: facts)
  }

  /// A picture under its class.
  func panel(_ picture: Raster, _ label: Int?) -> PanelGrid.Panel {
    PanelGrid.Panel(
      Self.visible(picture), titles: label.map { [PanelGrid.Line(images.classes.names[$0])] } ?? [])
  }

  /// Pictures in rows of four, with a text.
  static func sheet(of panels: [PanelGrid.Panel], text: String, facts: JSONValue) throws -> DisplayBundle {
    guard !panels.isEmpty else { return try .result(text, facts: facts) }
    return try .figure(PanelGrid(panels, columns: min(panels.count, 4)), text: text, facts: facts)
  }

  /// Pictures of a few pixels are shown with large ones.
  private static func visible(_ picture: Raster) -> Raster {
    let factor = side / max(picture.width, picture.height, 1)
    guard factor > 1 else { return picture }
    return picture.resized(width: picture.width * factor, height: picture.height * factor, filter: .nearest)
  }
}
