internal import ModelIO

/// Puts the graph of a Keras network together, layer by layer.
struct KerasAssembler {
  /// More nodes than any network has: networks inside networks could be called without end.
  private static let mostNodes = 100_000

  private(set) var builder = GraphBuilder()
  private let tensors: KerasTensors
  /// Where tensors come from that have a shape only.
  private let outline: UnreadParameters?
  /// What further calls of a layer read again.
  private let laidOut = LaidOutTensors()

  init(_ tensors: KerasTensors, isOutline: Bool = false) {
    self.tensors = tensors
    self.outline = isOutline ? UnreadParameters() : nil
  }

  mutating func input(_ shape: Shape, name: String) throws(KerasImportError) -> KerasValue {
    do throws(GraphError) {
      return KerasValue(id: try builder.input(shape: shape, name: name), shape: shape)
    } catch { throw KerasImportError(.graph(error), layer: name, kind: "InputLayer") }
  }

  /// Adds an operation under the layer's name, with `part` behind it where it is only a part of the layer.
  mutating func emit(
    _ operation: any Operation, _ inputs: [KerasValue], _ call: KerasCall, part: String = ""
  ) throws(KerasImportError) -> KerasValue {
    guard builder.count < Self.mostNodes else {
      throw call.error(.invalid("the network has more than \(Self.mostNodes) steps"))
    }
    let name = free(call.layer.name, call.scope, part)
    do throws(GraphError) {
      let id = try builder.add(operation, inputs.map(\.id), name: name)
      return KerasValue(id: id, shape: builder.shape(of: id))
    } catch { throw call.error(.graph(error)) }
  }

  mutating func emit(
    _ operation: any Operation, _ input: KerasValue, _ call: KerasCall, part: String = ""
  ) throws(KerasImportError) -> KerasValue {
    try emit(operation, [input], call, part: part)
  }

  /// An operation on each element, which leaves a flattened map what it was.
  mutating func emitElementwise(
    _ operation: any Operation, _ input: KerasValue, _ call: KerasCall, part: String = ""
  ) throws(KerasImportError) -> KerasValue {
    var value = try emit(operation, input, call, part: part)
    value.flattened = input.flattened
    return value
  }

  /// Makes a network's name one of its last value too.
  mutating func alias(_ name: String, _ scope: [String], of value: KerasValue) throws(KerasImportError) {
    do throws(GraphError) { try builder.alias(free(name, scope, ""), of: value.id) } catch {
      throw KerasImportError(.graph(error), layer: name, kind: "network")
    }
  }

  /// The layer's name; a second layer or call of this name gets its networks' names before it or a number behind it.
  private func free(_ name: String, _ scope: [String], _ part: String) -> String {
    let scoped = (scope + [name]).joined(separator: "/")
    for candidate in [name + part, scoped + part] where !builder.contains(name: candidate) {
      return candidate
    }
    var number = 2
    while builder.contains(name: "\(scoped)_\(number)\(part)") { number += 1 }
    return "\(scoped)_\(number)\(part)"
  }

  /// A flattened map in Keras' order, for what does not turn its own weights.
  mutating func settled(_ value: KerasValue, _ call: KerasCall) throws(KerasImportError) -> KerasValue {
    guard let extents = value.flattened else { return value }
    let map = try emit(Reshape([0] + extents), value, call, part: "/map")
    let turned = try emit(Transpose([0, 2, 3, 1]), map, call, part: "/channels_last")
    return try emit(Flatten(), turned, call, part: "/flat")
  }

  /// One of the layer's variables in this engine's layout: `stated` is its shape in the file.
  func parameter(
    _ names: [String], at place: Int, _ stated: [Int], as shape: Shape, _ kind: KerasVariable.Kind,
    _ call: KerasCall
  ) throws(KerasImportError) -> Tensor {
    let variables = tensors.variables(of: call.layer.name, in: call.scope)
    let name = names.first ?? ""
    guard let raw = KerasTensors.variable(names, at: place, of: variables) else {
      throw call.error(.missing(name))
    }
    guard raw.shape == stated || raw.shape.filter({ $0 != 1 }) == stated.filter({ $0 != 1 }) else {
      throw call.error(.misshapen(name, expected: stated, found: raw.shape))
    }
    let request = ParameterRequest(
      node: call.layer.name, name: name, shape: shape,
      keras: KerasVariable(layer: call.layer.name, kind: kind),
      start: .constant(0), isHead: false)
    do throws(GraphError) {
      if let outline { return try outline.tensor(for: request) }
      try MemoryRoom.check(2 * request.byteCount, for: "reading '\(request.key)' of \(request.shape)")
    } catch { throw call.error(.graph(error)) }
    return laidOut.tensor(for: request, in: call.scope) {
      MatchedTensor(raw: raw, request: request, layout: .keras).tensor()
    }
  }

  /// A vector of the layer's.
  func vector(
    _ names: [String], at place: Int, _ count: Int, _ call: KerasCall
  ) throws(KerasImportError) -> Tensor {
    try parameter(names, at: place, [count], as: [count], .bias, call)
  }
}

/// Tensors in this engine's layout: a layer that is called many times has one of each.
private final class LaidOutTensors {
  private struct Key: Hashable {
    var scope: [String]
    var layer: String
    var name: String
    var shape: Shape
    var kind: KerasVariable.Kind
  }

  private var tensors: [Key: Tensor] = [:]

  func tensor(for request: ParameterRequest, in scope: [String], make: () -> Tensor) -> Tensor {
    let key = Key(
      scope: scope, layer: request.node, name: request.name, shape: request.shape, kind: request.keras.kind)
    if let known = tensors[key] { return known }
    let made = make()
    tensors[key] = made
    return made
  }
}
