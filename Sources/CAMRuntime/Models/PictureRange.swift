/// What numbers a network wants at its input, told from its own first steps.
package enum PictureRange: Sendable {
  /// 0...255: it scales pictures itself.
  case bytes
  /// 0...1: it takes means off and divides by deviations itself.
  case shares

  /// Nil where the network does not begin with factors that tell.
  package static func of(_ graph: Graph) -> PictureRange? {
    guard let factor = factor(of: graph) else { return nil }
    // A factor on values of 0...255 is about 1/255 to 1/50; one on 0...1 is 2, or one over a deviation.
    if factor < 0.05 { return .bytes }
    return factor > 1.5 && factor < 20 ? .shares : nil
  }

  /// Pictures in that range, and nothing else done to them.
  package func applied(to preprocessing: Preprocessing) -> Preprocessing {
    var result = preprocessing
    result.order = preprocessing.order == .grey ? .grey : .rgb
    result.divisor = self == .bytes ? 1 : 255
    result.mean = preprocessing.mean.map { _ in 0 }
    result.deviation = preprocessing.mean.map { _ in 1 }
    return result
  }

  var reason: String {
    self == .bytes
      ? "the network scales pictures of 0...255 itself"
      : "the network takes means and deviations of 0...1 itself"
  }

  /// By how much the steps before the first one that is no factor or summand stretch the input.
  private static func factor(of graph: Graph) -> Float? {
    var readers: [NodeID: [Node]] = [:]
    for node in graph.nodes {
      for input in node.inputs { readers[input, default: []].append(node) }
    }
    var place = graph.input
    var product: Float?
    while let next = readers[place], next.count == 1, let node = next.first {
      if let factor = factor(of: node, behind: place, in: graph) {
        product = (product ?? 1) * factor
      } else if !passes(node.operation, node, graph) {
        break
      }
      place = node.id
    }
    return product
  }

  private static func passes(_ operation: any Operation, _ node: Node, _ graph: Graph) -> Bool {
    switch operation {
    case is Transpose, is Pad, is Dropout, is Resize, is Slice: true
    case is Add, is Subtract: node.inputs.contains { graph[$0].operation is Constant }
    default: operation.traits.isIdentity
    }
  }

  /// The mean factor of a step that multiplies.
  private static func factor(of node: Node, behind place: NodeID, in graph: Graph) -> Float? {
    func mean(_ values: [Float]) -> Float? {
      values.isEmpty ? nil : values.reduce(0) { $0 + abs($1) } / Float(values.count)
    }
    func constant() -> [Float]? {
      node.inputs.lazy.compactMap { (graph[$0].operation as? Constant)?.tensor.values }.first
    }
    switch node.operation {
    case let scale as Scale: return abs(scale.factor)
    case let norm as BatchNorm:
      return mean(
        zip(norm.scale.values, norm.variance.values).map { $0 / ($1 + norm.epsilon).squareRoot() })
    case is Multiply: return constant().flatMap(mean)
    case is Divide where node.inputs.first == place: return constant().flatMap { mean($0.map { 1 / $0 }) }
    default: return nil
    }
  }
}
