/// Elements added around a value (or cut off where the number is negative).
package struct Pad: Operation {
  /// The name of the kind.
  package static let kind = "pad"

  /// What is added.
  package enum Mode: Sendable, Hashable {
    case constant(Float)
    case reflect
    case edge
    /// As if the value were repeated around itself.
    case wrap
  }

  /// The number of elements before each axis.
  package let before: [Int]
  /// The number of elements behind each axis.
  package let after: [Int]
  /// What is added.
  package let mode: Mode

  /// A padding of each axis, the batch included.
  package init(before: [Int], after: [Int], mode: Mode = .constant(0)) {
    self.before = before
    self.after = after
    self.mode = mode
  }

  /// A padding of the last two axes of pictures.
  package init(_ padding: Padding, mode: Mode = .constant(0)) {
    self.init(
      before: [0, 0, padding.top, padding.left], after: [0, 0, padding.bottom, padding.right],
      mode: mode)
  }

  /// Each extent grows by what is added.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    var shape = try single(inputs)
    guard before.count == shape.rank, after.count == shape.rank else {
      throw refusal(inputs, "\(before.count) and \(after.count) amounts")
    }
    let limit = 1 << 31
    for axis in 0..<shape.rank {
      guard abs(before[axis]) < limit, abs(after[axis]) < limit else {
        throw refusal(inputs, "an amount above 2^31")
      }
      let added = max(before[axis], after[axis])
      switch mode {
      case .reflect where added > 0 && added >= shape[axis]:
        throw refusal(inputs, "a reflection of \(added) elements")
      case .edge where added > 0 && shape[axis] == 0, .wrap where added > 0 && shape[axis] == 0:
        throw refusal(inputs, "no edge to repeat")
      default: break
      }
      shape[axis] += before[axis] + after[axis]
      guard shape[axis] >= 0 else { throw refusal(inputs, "more is cut off than there is") }
    }
    return shape
  }

  /// Affine.
  package var traits: OperationTraits {
    before.prefix(2).allSatisfy { $0 == 0 } && after.prefix(2).allSatisfy { $0 == 0 }
      ? [.affine, .channelLocal] : .affine
  }
}

extension Pad {
  /// Any layout does.
  package var operandOrder: OperandOrder { .uniform }

  /// One axis after another, each with a value of its own.
  package func floatsBeside(_ inputs: [Shape], output: Shape, on device: Device) throws -> Int {
    inputs[0].count + output.count
  }

  /// The input with its surroundings.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    device.apply(maps(of: inputs[0].shape), to: inputs[0])
  }

  /// Each added element's gradient goes to the element that it repeats.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let shape = pass.inputShapes[0]
    return [device.transposed(maps(of: shape), of: pass.gradient, to: shape)]
  }

  private func maps(of shape: Shape) -> [(axis: Int, map: AxisMap)] {
    (0..<shape.rank).compactMap { axis in
      guard before[axis] != 0 || after[axis] != 0 else { return nil }
      let extent = shape[axis]
      var map = AxisMap()
      for place in -before[axis]..<extent + after[axis] {
        if (0..<extent).contains(place) {
          map.append([(place, 1)])
          continue
        }
        switch mode {
        case .constant(let value): map.append([], plus: value)
        case .edge: map.append([(min(max(place, 0), extent - 1), 1)])
        case .wrap: map.append([((place % extent + extent) % extent, 1)])
        case .reflect: map.append([(place < 0 ? -place : 2 * (extent - 1) - place, 1)])
        }
      }
      return (axis, map)
    }
  }
}
