internal import ModelIO

/// Finds adaptive average pools that an exporter wrote out.
///
/// PyTorch's exporter writes those whose bins differ in size as the places of all bins (GatherND), zeros where a bin is
/// smaller than the largest, and a mean, or a sum of slices that is divided by the sizes. How it does so is its own affair and
/// changes; what counts is that the steps together are the pool, which is tried on numbers.
enum ONNXAdaptivePool {
  /// The pool of which the node is the last step; nil where it is something else.
  static func value(
    of view: ONNXNodeView, by importer: ONNXOperatorImporter, in net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue? {
    guard ["ReduceMean", "Div", "Mul"].contains(view.node.operation),
      case .node(let last)? = view.inputs.first,
      steps(to: last, in: net.builder) != nil
    else { return nil }
    var trial = net
    guard case .node(let result)? = try importer(view, &trial).first,
      let (nodes, source) = steps(to: result, in: trial.builder)
    else { return nil }
    let shape = trial.builder.shape(of: result), picture = trial.builder.shape(of: source)
    guard shape.rank == 4, picture.rank == 4, shape[1] == picture[1], shape[2] > 0, shape[3] > 0 else {
      return nil
    }
    let pool = AdaptiveAveragePool(Extent(shape[2], shape[3]))
    let isSmall = (nodes.map(\.shape) + [picture]).allSatisfy { 2 * $0.count <= view.room }
    guard isSmall, try agree(nodes, pool, on: picture, view) else { return nil }
    return try net.emit(pool, [.node(source)], for: view)
  }

  private static let mostSteps = 1 << 12

  /// The nodes between a picture whose rows and columns were moved to the front, to be picked, and a value; nil where
  /// there are others among them.
  private static func steps(to value: NodeID, in builder: GraphBuilder) -> (nodes: [Node], source: NodeID)? {
    var found: [NodeID: Node] = [:]
    var open = [value]
    var source: NodeID?
    var picks = false
    while let id = open.popLast() {
      guard found[id] == nil, let node = builder.node(id) else { continue }
      guard found.count < mostSteps else { return nil }
      found[id] = node
      switch node.operation {
      case let order as Transpose where order.permutation == [2, 3, 0, 1]:
        guard source == nil || source == node.inputs[0] else { return nil }
        source = node.inputs[0]
        continue
      case is Take: picks = true
      case is Constant, is Transpose, is Reshape, is Slice, is Squeeze, is Where, is Add, is Multiply,
        is Divide,
        is ReduceMean, is Scale:
        break
      default: return nil
      }
      open += node.inputs
    }
    guard picks, let source else { return nil }
    return (found.values.sorted { $0.id < $1.id }, source)
  }

  /// Whether the steps give what the pool gives, for two entries of arbitrary numbers.
  ///
  /// All that the steps compute is linear in the picture: another map would differ nearly everywhere.
  private static func agree(
    _ steps: [Node], _ pool: AdaptiveAveragePool, on picture: Shape, _ view: ONNXNodeView
  ) throws(ONNXImportError) -> Bool {
    var random = MersenneTwister(seed: 1)
    let input = Tensor(picture.withBatch(2)) { target in
      for index in target.indices { target[index] = Float(random.next()) / 0x1p31 - 1 }
    }
    do {
      var builder = GraphBuilder()
      let entry = try builder.input(shape: picture)
      var places: [NodeID: NodeID] = [:]
      for step in steps {
        let inputs = step.inputs.map { places[$0] ?? entry }
        places[step.id] = try builder.add(step.operation, inputs)
      }
      let pooled = try builder.add(pool, entry)
      guard let result = steps.last.flatMap({ places[$0.id] }) else { return false }
      let found = try Network(try builder.build(output: result)).forward(input, keeping: [result, pooled])
      guard let left = found[result], let right = found[pooled], left.shape == right.shape else {
        return false
      }
      return zip(left.values, right.values).allSatisfy { abs($0 - $1) < 1e-5 }
    } catch {
      throw view.failure(.invalid("\(error)"))
    }
  }
}
