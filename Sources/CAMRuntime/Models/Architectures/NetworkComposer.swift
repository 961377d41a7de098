/// Puts a built-in network together: each call adds one layer under its origin's name and asks the parameter source
/// for the tensors that it needs.
///
/// Heights come before widths, as everywhere in this engine.
package struct NetworkComposer {
  /// A value on its way through the network, for a batch of one.
  package struct Value {
    package let id: NodeID
    package let shape: Shape
    /// [channels, height, width] where this is a flattened map: Keras flattens in another order.
    var flattened: [Int]?

    package var channels: Int { shape[1] }
    package var height: Int { shape[2] }
    package var width: Int { shape[3] }
  }

  private var builder = GraphBuilder()
  private let parameters: any ParameterSource

  package init(parameters: any ParameterSource) { self.parameters = parameters }

  /// The picture: [1, channels, height, width].
  package mutating func input(
    channels: Int = 3, size: ImageSize, name: String = "input"
  ) throws(GraphError) -> Value {
    let shape: Shape = [1, channels, size.height, size.width]
    return Value(id: try builder.input(shape: shape, name: name), shape: shape)
  }

  /// Adds any operation; the layers below are all made with it.
  package mutating func add(
    _ operation: any Operation, _ inputs: [Value], name: String
  ) throws(GraphError) -> Value {
    let id = try builder.add(operation, inputs.map(\.id), name: name)
    return Value(id: id, shape: builder.shape(of: id))
  }

  /// Makes `name` a second name of a value: a module's name for what the module returns.
  package mutating func alias(_ name: String, of value: Value) throws(GraphError) {
    try builder.alias(name, of: value.id)
  }

  /// Ends the network.
  package consuming func finish(output: Value) throws(GraphError) -> Graph {
    try builder.build(output: output.id)
  }

  /// Asks for a tensor of `node`.
  func parameter(
    _ name: String, of node: String, _ shape: Shape, keras: KerasVariable, start: StartingValue,
    isHead: Bool = false
  ) throws(GraphError) -> Tensor {
    try parameters.tensor(
      for: ParameterRequest(node: node, name: name, shape: shape, keras: keras, start: start, isHead: isHead))
  }
}
