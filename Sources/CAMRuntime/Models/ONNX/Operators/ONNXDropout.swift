internal import ModelIO

/// Dropout: nothing at inference, a mask that the seed fixes in training mode.
enum ONNXDropout {
  static let importers: [String: ONNXOperatorImporter] = [
    "Dropout": { view, net throws(ONNXImportError) in
      let rate = try view.number(attribute: "ratio", orInput: 1) ?? 0.5
      let trains = try view.constant(2, "training_mode")?.knownIntegers?.first == 1
      return try trains && rate != 0 ? masked(view, &net, rate) : passed(view, &net, rate)
    }
  ]

  private static func passed(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler, _ rate: Float
  ) throws(ONNXImportError) -> [ImportedValue] {
    let input = try view.input(0)
    let value = try net.emit(Dropout(rate: rate), [input], for: view)
    guard view.wantsOutput(1) else { return [value] }
    // The mask lets everything through.
    return [value, try mask(.filled(Shape(net.shape(of: input)), with: 1), of: input, view, &net)]
  }

  private static func masked(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler, _ rate: Float
  ) throws(ONNXImportError) -> [ImportedValue] {
    guard 0..<1 ~= rate else { throw view.failure(.invalid("a ratio of \(rate)")) }
    let stated = view.node.integer("seed")
    guard let seed = UInt32(exactly: stated ?? 0) else {
      throw view.failure(.invalid("the seed \(stated ?? 0) is none of 32 bits"))
    }
    let input = try view.input(0)
    let shape = Shape(net.shape(of: input))
    let count = try ONNXFolding.count(shape.dimensions, view)
    let operation = SeededDropout(rate: rate, seed: seed, count: count)
    net.note(
      "dropout is in training mode in '\(view.node.label)': a fixed mask of seed \(seed)"
        + (stated == nil ? " (the file states none)" : "")
        + " is applied; export in evaluation mode for real scores")
    let value = try net.emit(operation, [input], for: view)
    guard view.wantsOutput(1) else { return [value] }
    return [value, try mask(operation.mask.reshaped(shape), of: input, view, &net)]
  }

  /// The mask of one entry, for each entry where the batch is free.
  private static func mask(
    _ mask: Tensor, of input: ImportedValue, _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let entry = ImportedValue.constant(FoldedTensor(mask))
    let symbolic = net.symbolicShape(of: input)
    guard symbolic.contains(where: { $0.known == nil }) else { return entry }
    guard symbolic[0] == SymbolicInteger(0, batches: 1), let picture = net.picture else {
      throw view.failure(.unsupported("a mask whose batch is not its first extent"))
    }
    return try net.emit(BatchRepeat(), [entry, .node(picture)], for: view, name: view.node.outputs[1])
  }
}
