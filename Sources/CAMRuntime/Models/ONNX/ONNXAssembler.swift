internal import ModelIO

/// A graph in the making: values by their names in the model, and the shapes that they have.
struct ONNXAssembler {
  private(set) var builder = GraphBuilder()
  private(set) var values: [String: ImportedValue] = [:]
  /// For each node of the builder its shape for a batch twice as large; nil where that batch is impossible.
  ///
  /// The difference shows which extents grow with the batch.
  private var doubled: [Shape?] = []
  /// Whether the model may be run with any batch.
  let batchIsFree: Bool
  /// The batch that the file states, one where it leaves it open.
  let declaredBatch: Int
  let opset: Int
  /// The node of the picture.
  private(set) var picture: NodeID?
  /// The only reader of each value that has one reader.
  private var soleReaders: [String: ONNXNode] = [:]
  /// Values that an earlier node gave already, together with its own.
  private var absorbed: [String: ImportedValue] = [:]
  /// Outputs of nodes that nothing reads.
  private var unread: Set<String> = []
  private var integers = ONNXIntegerValues()
  /// How many numbers a value that is known at import may have.
  private let room: Int
  /// How many numbers such values have so far, but for those that the file holds.
  private var made = 0
  /// What a person should know of the model, a line each.
  private(set) var notes: [String] = []

  init(batchIsFree: Bool, declaredBatch: Int, opset: Int, room: Int) {
    self.room = room
    self.batchIsFree = batchIsFree
    self.declaredBatch = declaredBatch
    self.opset = opset
  }

  mutating func bind(_ name: String, to value: ImportedValue) { values[name] = value }

  /// Says that a computed value holds integers.
  mutating func markInteger(_ name: String) { integers.insert(name) }

  mutating func note(_ text: String) { if !notes.contains(text) { notes.append(text) } }

  mutating func input(shape: Shape, name: String) throws(GraphError) -> NodeID {
    let id = try builder.input(shape: shape, name: name)
    picture = id
    doubled.append(batchIsFree && shape.rank > 0 ? shape.withBatch(2 * shape[0]) : shape)
    return id
  }

  /// Adds an operation that gives the node's value, or with `part` an intermediate of it.
  mutating func emit(
    _ operation: any Operation, _ inputs: [ImportedValue], for view: ONNXNodeView, part: String? = nil,
    name: String? = nil
  ) throws(ONNXImportError) -> ImportedValue {
    if let value = try sunk(operation, inputs, for: view, part: part, name: name) { return value }
    return try add(operation, inputs, for: view, part: part, name: name)
  }

  /// Adds an operation as it is.
  mutating func add(
    _ operation: any Operation, _ inputs: [ImportedValue], for view: ONNXNodeView, part: String? = nil,
    name: String? = nil
  ) throws(ONNXImportError) -> ImportedValue {
    var ids: [NodeID] = []
    for input in inputs { ids.append(try node(for: input, of: view)) }
    let base = name ?? view.valueName
    let unique = uniqueName(part.map { "\(base)/\($0)" } ?? base)
    do throws(GraphError) {
      let id = try builder.add(operation, ids, name: unique)
      doubled.append(doubledShape(operation, ids))
      return .node(id)
    } catch {
      throw Self.failure(error, view)
    }
  }

  private static func failure(_ error: GraphError, _ view: ONNXNodeView) -> ONNXImportError {
    switch error {
    case .node(_, let inner): failure(inner, view)
    case .noElements: view.failure(.unsupported("\(error)"))
    default: view.failure(.graph(error))
    }
  }

  /// The node of a value; a constant becomes one.
  mutating func node(
    for value: ImportedValue, of view: ONNXNodeView
  ) throws(ONNXImportError) -> NodeID {
    switch value {
    case .node(let id): return id
    case .constant(let folded):
      guard let tensor = folded.tensor else {
        throw view.failure(.unsupported(folded.refusal))
      }
      do throws(GraphError) {
        let name = uniqueName("\(view.valueName)/constant")
        let id = try builder.add(Constant(tensor), [], name: name)
        doubled.append(tensor.shape)
        return id
      } catch { throw view.failure(.graph(error)) }
    }
  }

  private func doubledShape(_ operation: any Operation, _ inputs: [NodeID]) -> Shape? {
    let shapes = inputs.compactMap { doubled[$0.index] }
    guard shapes.count == inputs.count else { return nil }
    // A refusal here only means that the batch is fixed; for the batch at hand the builder has checked.
    return try? operation.outputShape(of: shapes)
  }

  private func uniqueName(_ name: String) -> String {
    var unique = name
    var number = 2
    while builder.contains(name: unique) {
      unique = "\(name)#\(number)"
      number += 1
    }
    return unique
  }

  /// The extents for the batch at hand.
  func shape(of value: ImportedValue) -> [Int] {
    switch value {
    case .node(let id): builder.shape(of: id).dimensions
    case .constant(let folded): folded.shape
    }
  }

  /// The extents with the batch left open.
  func symbolicShape(of value: ImportedValue) -> [SymbolicInteger] {
    let extents = shape(of: value)
    guard case .node(let id) = value, let larger = doubled[id.index], larger.rank == extents.count else {
      return extents.map { SymbolicInteger($0) }
    }
    return zip(extents, larger.dimensions).map { extent, double in
      SymbolicInteger(2 * extent - double, batches: double - extent)
    }
  }

  /// The operation of a node so far.
  func operation(of id: NodeID) -> (any Operation)? { builder.node(id)?.operation }

  /// The node that a node with one input reads.
  func source(of id: NodeID) -> NodeID? {
    guard let inputs = builder.node(id)?.inputs, inputs.count == 1 else { return nil }
    return inputs[0]
  }

  /// Notes who reads what; fusions ask for it.
  mutating func noteReaders(in nodes: [ONNXNode], outputs: [String]) {
    var readers: [String: [ONNXNode]] = [:]
    for node in nodes {
      for input in Set(node.inputs) { readers[input, default: []].append(node) }
    }
    for output in outputs { readers[output] = nil }
    soleReaders = readers.compactMapValues { $0.count == 1 ? $0[0] : nil }
    var read = Set(outputs)
    for node in nodes { read.formUnion(node.namesRead) }
    unread = Set(nodes.flatMap(\.outputs)).subtracting(read)
  }

  func soleReader(of value: String) -> ONNXNode? { soleReaders[value] }

  /// Says that the node which gives `name` needs no work any more.
  mutating func absorb(_ name: String, as value: ImportedValue) { absorbed[name] = value }

  /// Imports nodes in their order.
  mutating func run(_ nodes: [ONNXNode]) throws(ONNXImportError) {
    for node in nodes {
      var inputs: [ImportedValue?] = []
      for name in node.inputs { inputs.append(name.isEmpty ? nil : values[name]) }
      let view = ONNXNodeView(
        node: node, inputs: inputs, opset: opset, integerInputs: node.inputs.map(isInteger), unread: unread,
        room: room)
      defer { integers.note(node, inputs: view.integerInputs) }
      if let output = node.outputs.first, let value = absorbed[output] {
        try name([value], of: view)
        continue
      }
      if let folded = try ONNXFolding.fold(view) {
        try account(folded, of: view)
        try name(folded.map(ImportedValue.constant), of: view)
        continue
      }
      guard node.domain.isEmpty || node.domain == "ai.onnx" || node.domain == "com.microsoft",
        let importer = ONNXOperatorCatalog.importers[node.operation]
      else { throw view.failure(.unsupportedOperation) }
      if let known = try ONNXKnownOperands.values(of: view, by: importer, noting: &notes) {
        try account(known.compactMap(\.folded), of: view)
        try name(known, of: view)
      } else if let pooled = try ONNXAdaptivePool.value(of: view, by: importer, in: &self) {
        try name([pooled], of: view)
      } else {
        try name(try importer(view, &self), of: view)
      }
    }
  }

  /// Refuses a file whose known values together grow far beyond what it holds.
  private mutating func account(
    _ values: [FoldedTensor], of view: ONNXNodeView
  ) throws(ONNXImportError) {
    guard view.node.operation != "Constant", view.node.operation != "Identity" else { return }
    made += values.reduce(0) { $0 + $1.count }
    guard made / 4 <= room else {
      throw view.failure(
        .tooLarge("with this node \(made) numbers that do not depend on the picture", most: room * 4))
    }
  }

  /// Whether a value holds integers in the model.
  func isInteger(_ name: String) -> Bool {
    if case .constant(let folded)? = values[name] { return folded.isInteger }
    return integers.contains(name)
  }

  /// Binds the names of a node's outputs, and the node's own name to its first.
  private mutating func name(_ results: [ImportedValue], of view: ONNXNodeView) throws(ONNXImportError) {
    for (name, value) in zip(view.node.outputs, results) where !name.isEmpty {
      values[name] = value
      try alias(name, of: value, for: view)
    }
    if let first = results.first, !view.node.name.isEmpty { try alias(view.node.name, of: first, for: view) }
  }

  private mutating func alias(
    _ name: String, of value: ImportedValue, for view: ONNXNodeView
  ) throws(ONNXImportError) {
    guard case .node(var id) = value, !builder.contains(name: name) else { return }
    // A step that was done with the channels first has its names there.
    if case .node(let source)? = unturned(value), builder.node(source)?.name == view.valueName { id = source }
    do throws(GraphError) { try builder.alias(name, of: id) } catch { throw view.failure(.graph(error)) }
  }
}
