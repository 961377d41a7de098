/// A graph made ready to run.
///
/// One thread uses a network, always the same; the graph never changes.
package final class Network {
  /// The graph.
  package let graph: Graph
  /// How it runs.
  package let options: ExecutionOptions
  /// The processor as the network uses it.
  package let device: Device
  /// How far an explanation is.
  package internal(set) var meter = WorkMeter()
  /// Where the time of each step goes, if anywhere.
  package var trace: Trace?
  /// Told of each step the kind, the bytes that room was asked for, and those of the pool that it took.
  package var roomObserver: ((_ kind: String, _ asked: Int, _ taken: Int) -> Void)?
  var plans: [PlanKey: Plan] = [:]
  /// The nodes that depend on the input and whose leading axis is not the batch.
  let folding: Set<NodeID>
  /// The shapes of all nodes for batches that were asked for.
  var shapesByBatch: [Int: [Shape?]] = [:]
  /// Whether each entry of a batch gets the scores that it gets alone, once that was tried.
  var entriesStayApart: Bool?
  /// The same of edits of layers.
  var editsStayApart: [NodeID: Bool] = [:]
  /// The elements of all values of one entry together.
  let elementsPerEntry: Int

  /// Makes a graph ready; refuses one of which not even a single entry fits in memory.
  package init(_ graph: Graph, options: ExecutionOptions = ExecutionOptions()) throws {
    self.graph = graph
    self.options = options
    folding = graph.foldedNodes
    elementsPerEntry = graph.nodes.reduce(0) { $0 + $1.shape.count }
    device = try Device(threads: options.threads, precision: options.precision)
    // Weights are laid out once more for the processor.
    let parameters = graph.nodes.reduce(0) { sum, node in
      node.operation.parameters.reduce(sum) { $0 + $1.tensor.count }
    }
    try MemoryRoom.check(
      parameters * (device.precision == .float32 ? 4 : 2), for: "laying out \(parameters) parameters")
    try checkRoom(batch: 1) { try plan(from: [graph.input], to: [graph.output, graph.logits]) }
  }

  /// Runs the network on a batch `[N, C, H, W]`; `output` and `logits` are always kept.
  ///
  /// For nodes in `gradientsTo`, the values that a reverse pass from the output down to them reads are
  /// kept as well, so that it need not compute them again. An entry `amongMany` is computed as some in larger batches are.
  package func forward(
    _ input: Tensor, keeping: [NodeID] = [], gradientsTo: [NodeID] = [], amongMany: Bool = false
  ) throws -> Activations {
    let own = graph[graph.input].shape, batch = input.shape.rank > 0 ? input.shape[0] : 1
    // A network of moves may be made for no elements; any other has at least one entry.
    guard input.shape == own.withBatch(batch), batch > 0 || own == input.shape else {
      throw GraphError.valueShape(
        node: graph[graph.input].name, expected: graph[graph.input].shape, found: input.shape)
    }
    let activations = Activations(
      batch: batch, amongMany: amongMany, input: input, device: device, origin: .input,
      values: [graph.input: Value(input)])
    var wanted = Set(keeping)
    wanted.formUnion([graph.output, graph.logits])
    for target in gradientsTo {
      wanted.formUnion(valuesForGradient(from: graph.logits, to: [target]))
    }
    try evaluate(wanted, in: activations)
    return activations
  }

  /// Everything behind `target` with its value replaced by each of `edits` (`[B, ...]`), for all consumers.
  ///
  /// Values that do not depend on the target come from `base`; where that has one entry it serves all
  /// edits. With `classes`, only those columns of the logits are computed, in that order, and the output
  /// behind the logits is not kept.
  package func tail(
    after target: NodeID, edits: Tensor, base: Activations, keeping: [NodeID] = [],
    classes: [Int]? = nil
  ) throws -> Activations {
    let batch = edits.shape.rank > 0 ? edits.shape[0] : 0
    let expected = shape(of: target, batch: batch)
    guard edits.shape == expected, batch > 0, base.batch == 1 || base.batch == batch else {
      throw GraphError.valueShape(
        node: graph[target].name, expected: graph[target].shape, found: edits.shape)
    }
    guard target == graph.logits || graph.dependents(of: target).contains(graph.logits) else {
      throw GraphError.notDownstream(
        node: graph[graph.logits].name, of: graph[target].name)
    }
    let activations = Activations(
      batch: batch, input: base.input, device: device, origin: .edit([target], base: base),
      values: [target: Value(edits)])
    var wanted = Set(keeping)
    wanted.insert(graph.logits)
    if classes == nil { wanted.insert(graph.output) }
    try evaluate(wanted, in: activations, classes: classes)
    return activations
  }
}
