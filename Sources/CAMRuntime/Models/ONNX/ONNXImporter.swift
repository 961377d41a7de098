package import ModelIO

/// Turns ONNX models of operator sets 9 to 21 into graphs.
package struct ONNXImporter {
  /// What the model's batch is taken for.
  package enum Batch: Sendable {
    /// Any: a leading extent that the file states is the batch.
    case free
    /// The extents are exactly those of the file.
    case fixed
  }

  private let model: ONNXModel
  private let batch: Batch
  /// The size of the picture where the file leaves it open.
  private let size: ImageSize?
  /// Values of inputs other than the picture.
  private let bindings: [String: RawTensor]

  package init(
    _ model: ONNXModel, batch: Batch = .free, size: ImageSize? = nil, bindings: [String: RawTensor] = [:]
  ) {
    self.model = model
    self.batch = batch
    self.size = size
    self.bindings = bindings
  }

  /// The graph behind the model's first output; with `allOutputs` the other outputs are part of it too.
  package func graph(allOutputs: Bool = false) throws(ONNXImportError) -> ONNXGraphImport {
    let picture = try pictureInput()
    var assembler = ONNXAssembler(
      batchIsFree: picture.batchIsFree, declaredBatch: picture.declaredBatch, opset: model.opset,
      room: ONNXFolding.room(for: model))
    try bindConstants(in: &assembler)
    do throws(GraphError) {
      let id = try assembler.input(shape: picture.shape, name: picture.name)
      assembler.bind(picture.name, to: .node(id))
      if picture.isInteger { assembler.markInteger(picture.name) }
      if picture.channelsLast { try insertChannelOrder(from: id, name: picture.name, in: &assembler) }
    } catch { throw ONNXImportError(.graph(error)) }

    guard let firstOutput = model.graph.outputs.first else {
      throw ONNXImportError(.invalid("the model has no output"))
    }
    let outputs = allOutputs ? model.graph.outputs.map(\.name) : [firstOutput.name]
    var inlining = ONNXFunctionInlining(model: model)
    let order = try ONNXNodeOrder(try inlining.nodes(), opset: model.opset)
    let nodes = try order.nodes(for: outputs) { assembler.values[$0] != nil }
    assembler.noteReaders(in: nodes, outputs: outputs)
    try assembler.run(nodes)
    return try finish(assembler, outputs: outputs, picture)
  }

  private func finish(
    _ assembler: consuming ONNXAssembler, outputs: [String], _ picture: Picture
  ) throws(ONNXImportError) -> ONNXGraphImport {
    var assembler = assembler
    var ids: [NodeID] = []
    for name in outputs {
      guard let value = assembler.values[name] else {
        throw ONNXImportError(.invalid("nothing gives the output '\(name)'"))
      }
      let view = ONNXNodeView(
        node: ONNXNode(name: "", operation: "output", inputs: [name], outputs: [name]), inputs: [value],
        opset: model.opset)
      ids.append(try assembler.node(for: value, of: view))
    }
    let notes = assembler.notes
    var builder = assembler.builder
    // Steps that are computed in another way would be layers that nothing reads.
    ids = builder.prune(to: ids)
    guard let output = ids.first else { throw ONNXImportError(.invalid("the model has no output")) }
    do throws(GraphError) {
      return ONNXGraphImport(
        graph: try builder.build(output: output),
        outputs: Dictionary(zip(outputs, ids), uniquingKeysWith: { first, _ in first }),
        channelsLast: picture.channelsLast, readsIntegers: picture.isInteger, notes: notes)
    } catch { throw ONNXImportError(.graph(error)) }
  }

  private func bindConstants(in assembler: inout ONNXAssembler) throws(ONNXImportError) {
    for raw in model.graph.initializers + Array(bindings.values) {
      do throws(FormatError) {
        assembler.bind(raw.name, to: .constant(try FoldedTensor(raw)))
      } catch { throw ONNXImportError(.invalid("initialiser '\(raw.name)': \(error)")) }
    }
  }

  /// Makes the name of a picture whose channels come last stand for the picture in that order.
  private func insertChannelOrder(
    from id: NodeID, name: String, in assembler: inout ONNXAssembler
  ) throws(GraphError) {
    let node = ONNXNode(name: "", operation: "input", inputs: [], outputs: ["\(name)/channels_last"])
    let view = ONNXNodeView(node: node, inputs: [], opset: model.opset)
    do throws(ONNXImportError) {
      let order = Transpose([0, 2, 3, 1])
      assembler.bind(name, to: try assembler.emit(order, [.node(id)], for: view))
    } catch {
      if case .graph(let inner) = error.cause { throw inner }
    }
  }

  private struct Picture {
    var name: String
    var shape: Shape
    var channelsLast = false
    var batchIsFree: Bool
    var declaredBatch: Int
    var isInteger: Bool
  }

  private func pictureInput() throws(ONNXImportError) -> Picture {
    let constants = Set(model.graph.initializers.map(\.name)).union(bindings.keys)
    let open = model.graph.inputs.filter { !constants.contains($0.name) }
    guard let input = open.first else { throw ONNXImportError(.inputs("the model has no input")) }
    guard open.count == 1 else {
      let names = open.map { "'\($0.name)'" }.joined(separator: ", ")
      throw ONNXImportError(
        .inputs(
          "the model wants \(open.count) inputs (\(names)), one picture can be given: export a module that holds the "
            + "others as constants, or cut the part behind the picture out with `onnx.utils.extract_model`"))
    }
    guard let stated = input.shape else {
      throw ONNXImportError(.inputs("the file does not state the shape of input '\(input.name)'"))
    }
    var extents: [Int] = []
    for (axis, dimension) in stated.enumerated() {
      if case .fixed(let extent) = dimension, extent > 0 || batch == .fixed {
        extents.append(extent)
      } else {
        extents.append(try openExtent(axis, of: stated, name: input.name))
      }
    }
    var picture = Picture(
      name: input.name, shape: Shape(extents), batchIsFree: batch == .free && !extents.isEmpty,
      declaredBatch: extents.first ?? 1,
      isInteger: input.elementType.map { !$0.isFloat && $0 != .bool } ?? false)
    if picture.batchIsFree { picture.shape[0] = 1 }
    if batch == .free, extents.count == 4, [1, 3].contains(extents[3]), ![1, 3, 4].contains(extents[1]) {
      picture.channelsLast = true
      picture.shape = [1, extents[3], extents[1], extents[2]]
    }
    return picture
  }

  /// What an extent is that the file leaves open: the batch, three channels, the size asked for.
  private func openExtent(
    _ axis: Int, of stated: [ONNXDimension], name: String
  ) throws(ONNXImportError) -> Int {
    if axis == 0 { return 1 }
    guard batch == .free, stated.count == 4 else {
      throw ONNXImportError(.inputs("input '\(name)' leaves the extent of axis \(axis) open"))
    }
    let channelsLast = stated[3] == .fixed(3) || stated[3] == .fixed(1)
    if axis == (channelsLast ? 3 : 1) { return 3 }
    let size = size ?? ImageSize(square: 224)
    return axis == (channelsLast ? 1 : 2) ? size.height : size.width
  }
}

/// An imported model.
package struct ONNXGraphImport: Sendable {
  package let graph: Graph
  /// The nodes of the model's outputs by name.
  package let outputs: [String: NodeID]
  /// Whether the file wants pictures with their channels last; the graph takes them first all the same.
  package let channelsLast: Bool
  /// Whether the file's picture is of whole numbers, thus of 0...255.
  package let readsIntegers: Bool
  /// What a person should know of the model, a line each.
  package let notes: [String]
}
