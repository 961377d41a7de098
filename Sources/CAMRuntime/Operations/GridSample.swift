/// A value's elements at the places that a grid names, as spatial transformers take them.
///
/// The inputs are a value `[N, C, D1, ..., Dd]` and a grid `[N, E1, ..., Ed, d]` (or one grid for all entries), whose last
/// axis holds the place along the last axis first. Places -1 and 1 are the ends of an axis.
package struct GridSample: Operation {
  /// The name of the kind.
  package static let kind = "grid-sample"

  /// How a value between elements is made of them.
  package enum Mode: Sendable {
    case nearest, linear, cubic
  }

  /// What lies outside of the value.
  package enum Outside: Sendable {
    case zeros, border, reflection
  }

  /// How a value between elements is made of them.
  package let mode: Mode
  /// What lies outside of the value.
  package let outside: Outside
  /// Whether the ends of an axis are the centres of its outermost elements, and not their borders.
  package let alignsCorners: Bool

  /// A sampling.
  package init(_ mode: Mode = .linear, outside: Outside = .zeros, alignsCorners: Bool = false) {
    self.mode = mode
    self.outside = outside
    self.alignsCorners = alignsCorners
  }

  /// `[N, C, E1, ..., Ed]`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count == 2 else {
      throw .inputCount(kind: Self.kind, expected: "two inputs", found: inputs.count)
    }
    let value = inputs[0], grid = inputs[1]
    guard (3...5).contains(value.rank), grid.rank == value.rank, grid[grid.rank - 1] == value.rank - 2,
      grid[0] == value[0] || grid[0] == 1, value.dimensions.allSatisfy({ $0 < 1 << 24 })
    else { throw refusal(inputs, "the grid does not fit the value") }
    return Shape([value[0], value[1]] + grid.dimensions[1..<grid.rank - 1])
  }

  /// It is linear in the value, but not in value and grid together.
  package var traits: OperationTraits { [] }
}

extension GridSample {
  /// The sampled value.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let walk = GridWalk(self, inputs[0].shape, inputs[1])
    let result = device.allocate(try outputShape(of: inputs.map(\.shape)))
    walk.visit { entry, place, taps in
      for channel in 0..<walk.channels {
        let source = inputs[0].pointer + (entry * walk.channels + channel) * walk.size
        result.pointer[(entry * walk.channels + channel) * walk.places + place] =
          taps.reduce(0) { $0 + $1.weight * source[$1.offset] }
      }
    }
    return result
  }

  /// The gradient at the elements that were read, and along the grid's axes the value's slopes times it.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let value = pass.inputs[0], grid = pass.inputs[1]
    let walk = GridWalk(self, value.shape, grid)
    let toValue = pass.wanted[0] ? device.zeros(value.shape, .rowMajor) : nil
    let toGrid = pass.wanted[1] ? device.zeros(grid.shape, .rowMajor) : nil
    walk.visit { entry, place, taps in
      for channel in 0..<walk.channels {
        let plane = (entry * walk.channels + channel) * walk.size
        let gradient = pass.gradient.pointer[(entry * walk.channels + channel) * walk.places + place]
        for tap in taps {
          if let toValue { toValue.pointer[plane + tap.offset] += gradient * tap.weight }
          guard let toGrid else { continue }
          let row = toGrid.pointer + walk.row(entry, place)
          for axis in 0..<walk.axes {
            row[walk.axes - 1 - axis] += gradient * tap.slopes[axis] * value.pointer[plane + tap.offset]
          }
        }
      }
    }
    return [toValue, toGrid]
  }
}
