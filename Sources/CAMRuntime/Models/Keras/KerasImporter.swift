internal import ModelIO

/// Turns the network that a Keras file describes into a graph.
struct KerasImporter {
  private let network: KerasNetwork
  private let tensors: KerasTensors
  private let size: ImageSize?
  private let interrupt: InterruptFlag
  private let isKeras3: Bool

  /// Nil where the file describes no network of layers.
  ///
  /// `size` is that of the picture, where it is another than the file's.
  init?(_ dictionary: StateDictionary, size: ImageSize? = nil, interrupt: InterruptFlag = InterruptFlag()) {
    guard dictionary.layout == .keras, let text = dictionary.metadata["model_config"] else { return nil }
    let bytes = ByteSlice(Array(text.utf8))
    var budget = MemoryBudget(fileSize: bytes.count)
    guard let document = try? JSONDocument(parsing: bytes, budget: &budget),
      let network = KerasNetwork(document)
    else { return nil }
    self.network = network
    self.size = size
    self.interrupt = interrupt
    tensors = KerasTensors(dictionary, of: network)
    isKeras3 = text.contains("\"batch_shape\"")
  }

  /// Names of all layers, those of networks inside included.
  var layerNames: Set<String> { Set(network.allLayers.map(\.name)).union([network.name]) }

  /// The graph and what a person should know of it; an outline has the shapes of its tensors, not their numbers.
  func graph(isOutline: Bool = false) throws(KerasImportError) -> (graph: Graph, notes: [String]) {
    let kinds = Set(network.allLayers.filter { $0.network == nil }.map(\.kind)).subtracting(["InputLayer"])
    let unknown = kinds.filter { KerasLayerCatalog.all[$0] == nil }.sorted()
    if let lambda = network.allLayers.first(where: { $0.kind == "Lambda" }) {
      throw KerasImportError(.code, layer: lambda.name, kind: lambda.kind)
    }
    guard unknown.isEmpty else { throw KerasImportError(.unsupportedLayers(unknown)) }
    var assembler = KerasAssembler(tensors, isOutline: isOutline)
    let shape = try pictureShape()
    let picture = try assembler.input(shape, name: "input")
    let outputs = try run(network, [picture], [], &assembler)
    guard let output = outputs.first else { throw KerasImportError(.invalid("the network has no output")) }
    let whole = KerasNetwork.Layer(
      name: network.name, kind: "network", config: .null, calls: [], network: nil)
    let end = try assembler.settled(
      output,
      KerasCall(layer: whole, scope: [], inputs: [], numbers: [], numberIsFirst: false, isKeras3: isKeras3))
    var builder = assembler.builder
    let kept = builder.prune(to: [end.id])
    do throws(GraphError) {
      let notes =
        outputs.count > 1 ? ["the network has \(outputs.count) outputs: the first is explained"] : []
      return (try builder.build(output: kept.first ?? end.id), notes)
    } catch { throw KerasImportError(.graph(error)) }
  }

  /// [1, channels, height, width] of the network's only input.
  private func pictureShape() throws(KerasImportError) -> Shape {
    let count = network.isChain ? 1 : network.inputs.count
    guard count == 1 else {
      throw KerasImportError(.inputs("the network wants \(count) inputs, one picture can be given"))
    }
    guard let extents = Self.inputExtents(of: network) else {
      throw KerasImportError(.inputs("the file does not say what the input's shape is"))
    }
    guard extents.count == 4 else {
      let text = extents.dropFirst().map { $0.map(String.init) ?? "?" }.joined(separator: "x")
      throw KerasImportError(.inputs("the input is \(text), a picture is wanted"))
    }
    let height = size?.height ?? extents[1] ?? 224
    let width = size?.width ?? extents[2] ?? 224
    let channels = extents[3] ?? 3
    guard [height, width, channels].allSatisfy({ 0 < $0 && $0 < 1 << 20 }) else {
      throw KerasImportError(.inputs("the input's shape makes no picture"))
    }
    guard channels == 1 || channels == 3 else {
      throw KerasImportError(.inputs("the input has \(channels) channels, a picture has 1 or 3"))
    }
    return [1, channels, height, width]
  }

  /// The extents of the first input that the description has, nil where one is open.
  private static func inputExtents(of network: KerasNetwork) -> [Int?]? {
    let name = network.inputs.first?.layer
    let first = network.layers.first { $0.name == name } ?? network.layers.first
    guard let first else { return nil }
    for member in ["batch_shape", "batch_input_shape"] {
      if let list = first.config[member]?.array { return list.map(\.integer) }
    }
    return first.network.flatMap { inputExtents(of: $0) }
  }

  /// The values that a network gives.
  private func run(
    _ network: KerasNetwork, _ inputs: [KerasValue], _ scope: [String], _ assembler: inout KerasAssembler
  ) throws(KerasImportError) -> [KerasValue] {
    var values: [KerasNetwork.Reference: KerasValue] = [:]
    for (reference, value) in zip(network.inputs, inputs) { values[reference] = value }
    guard !network.isChain else {
      var last = inputs
      for layer in network.layers where layer.kind != "InputLayer" {
        last = try call(layer, last, [], false, scope, &assembler)
      }
      return last
    }
    let firstCalls = KerasFirstCalls(network)
    var waiting = network.layers.flatMap { layer in layer.calls.indices.map { (layer: layer, index: $0) } }
    while !waiting.isEmpty {
      if interrupt.isRaised { throw KerasImportError(.interrupted) }
      var left: [(layer: KerasNetwork.Layer, index: Int)] = []
      for item in waiting {
        let operands = item.layer.calls[item.index].map { firstCalls.corrected($0) }
        let references = operands.compactMap { if case .value(let reference) = $0 { reference } else { nil } }
        let known = references.compactMap { values[$0] }
        guard known.count == references.count, !known.isEmpty else {
          left.append(item)
          continue
        }
        let numbers = operands.compactMap { if case .number(let number) = $0 { number } else { nil } }
        var numberIsFirst = false
        if case .number = operands.first { numberIsFirst = true }
        let given = try call(item.layer, known, numbers, numberIsFirst, scope, &assembler)
        for (place, value) in given.enumerated() {
          values[.init(layer: item.layer.name, call: item.index, output: place)] = value
        }
      }
      guard left.count < waiting.count else {
        throw KerasImportError(
          .invalid("it reads what nothing gives"), layer: left[0].layer.name, kind: left[0].layer.kind)
      }
      waiting = left
    }
    var outputs: [KerasValue] = []
    for reference in network.outputs {
      guard let value = values[firstCalls.corrected(reference)] else {
        throw KerasImportError(.invalid("nothing gives the output '\(reference.layer)' of '\(network.name)'"))
      }
      outputs.append(value)
    }
    return outputs
  }

  private func call(
    _ layer: KerasNetwork.Layer, _ inputs: [KerasValue], _ numbers: [Float], _ numberIsFirst: Bool,
    _ scope: [String], _ assembler: inout KerasAssembler
  ) throws(KerasImportError) -> [KerasValue] {
    if interrupt.isRaised { throw KerasImportError(.interrupted) }
    if let inner = layer.network {
      let outputs = try run(inner, inputs, scope + [layer.name], &assembler)
      if let first = outputs.first { try assembler.alias(layer.name, scope, of: first) }
      return outputs
    }
    let call = KerasCall(
      layer: layer, scope: scope, inputs: inputs, numbers: numbers, numberIsFirst: numberIsFirst,
      isKeras3: isKeras3)
    guard let importer = KerasLayerCatalog.all[layer.kind] else {
      throw call.error(.unsupportedLayers([layer.kind]))
    }
    return [try importer(&assembler, call)]
  }
}

/// Which networks' calls a description counts from one: Keras 2 counts the making of a network as its first.
private struct KerasFirstCalls {
  private var fromOne: Set<String> = []

  init(_ network: KerasNetwork) {
    var highest: [String: Int] = [:]
    let operands = network.layers.flatMap(\.calls).joined()
    let read = operands.compactMap { if case .value(let reference) = $0 { reference } else { nil } }
    for reference in read + network.outputs {
      highest[reference.layer] = max(highest[reference.layer] ?? 0, reference.call)
    }
    for layer in network.layers where layer.network != nil && highest[layer.name] == layer.calls.count {
      fromOne.insert(layer.name)
    }
  }

  func corrected(_ operand: KerasNetwork.Operand) -> KerasNetwork.Operand {
    if case .value(let reference) = operand { .value(corrected(reference)) } else { operand }
  }

  func corrected(_ reference: KerasNetwork.Reference) -> KerasNetwork.Reference {
    var result = reference
    if fromOne.contains(reference.layer), result.call > 0 { result.call -= 1 }
    return result
  }
}
