/// Known places along one axis, in any order and any number of times each.
package struct Take: Operation {
  /// The name of the kind.
  package static let kind = "take"
  /// The axis.
  package let axis: Int
  /// The places along it, counted from zero.
  package let places: [Int]

  private let last: Int
  private let map: AxisMap

  /// The elements at `places` of an axis.
  package init(_ places: [Int], axis: Int) {
    self.axis = axis
    self.places = places
    last = places.max() ?? -1
    var map = AxisMap()
    for place in places { map.append([(place, 1)]) }
    self.map = map
  }

  /// The input's shape with as many elements along the axis as there are places.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    var shape = try single(inputs)
    let axis = try axis(axis, of: shape)
    guard last < shape[axis], places.allSatisfy({ $0 >= 0 }) else {
      throw refusal(inputs, "places lead out of axis \(axis)")
    }
    shape[axis] = places.count
    return shape
  }

  /// Linear.
  package var traits: OperationTraits { [.affine, .movement] }
}

extension Take {
  /// Any layout does.
  package var operandOrder: OperandOrder { .uniform }

  /// The elements at the places.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    map.apply(to: inputs[0], axis: try axis(axis, of: inputs[0].shape), on: device)
  }

  /// Each element's gradient is the sum of those of its copies.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let shape = pass.inputShapes[0], axis = try axis(axis, of: shape)
    return [map.transposed(of: pass.gradient, axis: axis, extent: shape[axis], on: device)]
  }
}
