/// A reverse pass under way: the gradients of the values that it has come to.
struct ReverseRun {
  /// The gradients of values whose readers have all been passed, or some of them.
  private(set) var gradients: [NodeID: Value]
  private let network: Network
  private let path: Set<NodeID>
  private let wanted: Set<NodeID>
  private let activations: Activations
  private let rule: RectifierRule
  /// Places on the path that read a value and have not been passed.
  private var readers: [NodeID: Int] = [:]
  /// The normalisations behind convolutions whose weights hold their factors: the gradient is that of their values.
  private var norms: [NodeID: BatchNorm] = [:]

  private var graph: Graph { network.graph }
  private var device: Device { network.device }

  init(
    _ network: Network, along path: Set<NodeID>, keeping wanted: Set<NodeID>, at activations: Activations,
    rule: RectifierRule, from: NodeID, seed: Value
  ) {
    self.network = network
    self.path = path
    self.wanted = wanted
    self.activations = activations
    self.rule = rule
    gradients = [from: seed]
    for id in path {
      for input in network.graph[id].inputs where path.contains(input) { readers[input, default: 0] += 1 }
    }
  }

  /// The gradient of a value, which is let go here.
  mutating func take(_ id: NodeID) -> Value? { gradients.removeValue(forKey: id) }

  /// Passes one node: its inputs get their shares of its gradient.
  mutating func step(through id: NodeID) throws {
    let inputs = graph[id].inputs.filter(path.contains)
    defer { for input in inputs { readers[input, default: 0] -= 1 } }
    guard let gradient = gradients[id] else { return }
    if !wanted.contains(id) { gradients[id] = nil }
    if let norm = graph[id].operation as? BatchNorm, isOnlyReader(id) {
      norms[graph[id].inputs[0]] = norm
      gradients[graph[id].inputs[0]] = gradient
    } else if let convolution = graph[id].operation as? Convolution {
      try pass(gradient, through: convolution, at: id)
    } else {
      try pass(gradient, through: id)
    }
  }

  /// Whether a normalisation alone reads a convolution, so that both are one step.
  private func isOnlyReader(_ id: NodeID) -> Bool {
    let source = graph[id].inputs[0]
    return graph[source].operation is Convolution && readers[source] == 1 && gradients[source] == nil
      && !wanted.contains(source)
  }

  /// A convolution with the normalisation behind it, the sum with what other readers gave, and the cut before it.
  private mutating func pass(_ gradient: Value, through convolution: Convolution, at id: NodeID) throws {
    let node = graph[id], input = node.inputs[0]
    var finish = GradientFinish(residual: gradients[input])
    var target = input
    if let (cut, function) = cutBefore(input) {
      let isRectifier = graph[input].operation.traits.isRectifier
      let value = try network.value(of: input, in: activations)
      finish.cut = (value, function, isRectifier ? rule : .standard)
      gradients[input] = nil
      target = cut
    }
    do {
      gradients[target] = try device.inputGradient(
        of: convolution, then: norms[id], from: gradient,
        input: network.shape(of: input, batch: activations.batch), finish)
    } catch let error as GraphError {
      throw GraphError.node(node.name, error)
    }
  }

  /// The value that is cut to `input`, where nothing else of the pass comes to either of them any more.
  private func cutBefore(_ input: NodeID) -> (NodeID, ElementwiseFunction)? {
    guard readers[input] == 1, !wanted.contains(input), path.contains(input),
      let cut = graph[input].operation as? any ElementwiseOperation, cut.function.formula == .clip
    else { return nil }
    let source = graph[input].inputs[0]
    guard path.contains(source), readers[source] == 1, gradients[source] == nil else { return nil }
    return (source, cut.function)
  }

  /// Any operation by itself.
  private mutating func pass(_ gradient: Value, through id: NodeID) throws {
    let node = graph[id], operation = node.operation
    let inputs =
      operation.readsInputs ? try node.inputs.map { try network.value(of: $0, in: activations) } : []
    let output = operation.readsOutput ? try network.value(of: id, in: activations) : nil
    let operands = device.aligned(inputs, gradient, output, operation.operandOrder)
    let pass = ReversePass(
      inputShapes: node.inputs.map { network.shape(of: $0, batch: activations.batch) },
      inputs: operands.inputs, shape: network.shape(of: id, batch: activations.batch),
      output: operands.output, gradient: operands.gradient, wanted: node.inputs.map(path.contains), rule: rule
    )
    let parts: [Value?]
    do {
      parts = try operation.backward(pass, on: device)
    } catch let error as GraphError {
      throw GraphError.node(node.name, error)
    }
    for (place, input) in node.inputs.enumerated() {
      guard path.contains(input), let part = parts[place] else { continue }
      guard let sum = gradients[input] else {
        gradients[input] = part
        continue
      }
      gradients[input] = device.sum(sum, device.value(part, as: sum.layout))
    }
  }
}

extension Device {
  /// Inputs, gradient and value as the reverse pass of an operation wants them to lie.
  fileprivate func aligned(
    _ inputs: [Value], _ gradient: Value, _ output: Value?, _ order: OperandOrder
  ) -> (inputs: [Value], gradient: Value, output: Value?) {
    var layout: Layout = order == .channelsLast ? .channelsLast : .rowMajor
    if order == .uniform, gradient.shape.rank == 4, inputs.allSatisfy({ $0.shape.rank == 4 }) {
      // Where the values lie already, no element has to move.
      let isLast = ([gradient] + inputs.prefix(1) + [output].compactMap { $0 }).contains {
        $0.layout == .channelsLast
      }
      layout = isLast ? .channelsLast : .rowMajor
    }
    return (
      inputs.map { value($0, as: layout) }, value(gradient, as: layout),
      output.map { value($0, as: layout) }
    )
  }
}
