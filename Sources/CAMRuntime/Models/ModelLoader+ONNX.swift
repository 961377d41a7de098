internal import ModelIO

/// Models from ONNX files.
extension ModelLoader {
  /// The model in an ONNX file.
  ///
  /// The file does not say how pictures are prepared. What its first steps tell is taken (`PictureRange`), else
  /// torchvision's way is assumed, and (v - 127) / 128 where channels come last, as TensorFlow's Lite nets want it; all
  /// are stated as assumptions.
  static func onnx(_ path: String, _ options: ModelOptions) throws(ModelError) -> Model {
    if options.seed != nil { throw .option("random= has no effect on an ONNX file, whose weights are in it") }
    let file: ONNXModel
    do throws(FormatError) { file = try ONNXModel(path: path, for: options.waiter) } catch {
      throw .format(error)
    }
    let imported: ONNXGraphImport
    do throws(ONNXImportError) {
      imported = try ONNXImporter(file, size: options.size).graph()
    } catch { throw .onnx(file: path, error) }
    let graph = imported.graph
    let shape = graph[graph.input].shape
    guard shape.rank == 4 else {
      throw .onnx(file: path, ONNXImportError(.inputs("the input is \(shape), a picture is wanted")))
    }
    if let classes = options.classes, classes != graph[graph.logits].shape.count {
      throw .option("classes= has no effect on an ONNX file, whose head is fixed")
    }
    let size = ImageSize(height: shape[2], width: shape[3])
    if let wanted = options.size, wanted != size {
      throw .option("the file wants pictures of \(size), size= asks for \(wanted)")
    }
    let range = imported.readsIntegers ? .bytes : PictureRange.of(graph)
    let preprocessing = assumedPreprocessing(
      size: size, channels: shape[1], channelsLast: imported.channelsLast, range: range)
    let reason = imported.readsIntegers ? "the input is of whole numbers" : range?.reason
    let rule = DefaultLayerRule.layer(of: graph)
    let producer =
      file.producerName.isEmpty ? "" : ", written by \(file.producerName) \(file.producerVersion)"
    var model = Model(
      name: name(of: path), graph: graph, preprocessing: preprocessing,
      classes: ClassList.fitting(graph[graph.logits].shape.count)?.names ?? [],
      defaultLayer: rule.id, defaultLayerReason: rule.reason,
      origin: [
        "ONNX: \(path), opset \(file.opset)\(producer)",
        "preprocessing assumed (\(reason ?? "the file does not state it")): change it with mean=, std=, resize=",
      ])
    model.warnings = imported.notes + outputNotes(graph[graph.logits].shape, file)
    model.readsChannelsLast = imported.channelsLast
    return model
  }

  /// What a person must know where the first output is no row of scores.
  private static func outputNotes(_ shape: Shape, _ file: ONNXModel) -> [String] {
    guard shape.dimensions.filter({ $0 > 1 }).count > 1 else { return [] }
    let extents = shape.dimensions.dropFirst().map(String.init).joined(separator: "x")
    let row = file.graph.outputs.dropFirst().first { $0.shape?.count == 2 }
    let remedy = row.map { "; export the network with its output '\($0.name)' first" } ?? ""
    return [
      "the output is \(extents), no row of scores: each of its \(shape.count) values counts as a class\(remedy)"
    ]
  }

  private static func assumedPreprocessing(
    size: ImageSize, channels: Int, channelsLast: Bool, range: PictureRange?
  ) -> Preprocessing {
    var result = channelsLast ? Preprocessing.efficientNetLite() : Preprocessing.torchvision()
    if channels == 1 {
      result.order = .grey
      result.mean = [0.5]
      result.deviation = [0.5]
      result.divisor = 255
    }
    if let range { result = range.applied(to: result) }
    result.resize(to: size)
    return result
  }
}
