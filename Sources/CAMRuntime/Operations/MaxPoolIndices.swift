/// Where the greatest value of each window lies: its place in the whole input, the batch included.
///
/// Places are counted in row-major order, or down the columns of each map. Of equal values the first one counts; a window
/// without any element has the place -1.
package struct MaxPoolIndices: Operation {
  /// The name of the kind.
  package static let kind = "max-pool-indices"
  /// The windows.
  package let pool: MaxPool
  /// Whether places of a map are counted down its columns.
  package let countsColumns: Bool

  /// The places of a pool's values.
  package init(of pool: MaxPool, countsColumns: Bool = false) {
    self.pool = pool
    self.countsColumns = countsColumns
  }

  /// From here on 32-bit floats do not hold every integer.
  static let exactLimit = ExactIntegers.limit

  /// `[N, C, H', W']`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let shape = try pool.outputShape(of: inputs)
    guard inputs[0].count < Self.exactLimit else {
      throw refusal(inputs, "32-bit floats do not count \(inputs[0].count) places exactly")
    }
    return shape
  }

  /// Places do not change with small steps of the values.
  package var traits: OperationTraits { .piecewiseLinear }
}

extension MaxPoolIndices {
  /// Slopes are zero wherever the input lies.
  package var readsInputs: Bool { false }

  /// The place of each window's greatest value.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let input = inputs[0], shape = try outputShape(of: [input.shape])
    let result = device.allocate(shape)
    let map = input.shape[2] * input.shape[3], places = shape[2] * shape[3]
    for plane in 0..<shape[0] * shape[1] {
      let source = input.pointer + plane * map
      for place in 0..<places {
        let found = greatest(of: source, input.shape, row: place / shape[3], column: place % shape[3])
        result.pointer[plane * places + place] = found < 0 ? -1 : Float(plane * map + found)
      }
    }
    return result
  }

  /// Nothing passes.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] { [nil] }

  /// The place within a map of the greatest value of one window; -1 where the window lies outside.
  private func greatest(
    of map: UnsafePointer<Float>, _ shape: Shape, row: Int, column: Int
  ) -> Int {
    let height = shape[2], width = shape[3]
    let top = row * pool.stride.height - pool.padding.top
    let left = column * pool.stride.width - pool.padding.left
    var best: Float = 0
    var found = -1
    for tap in 0..<pool.kernel.height * pool.kernel.width {
      let y = top + tap / pool.kernel.width * pool.dilation.height
      let x = left + tap % pool.kernel.width * pool.dilation.width
      guard 0..<height ~= y, 0..<width ~= x else { continue }
      let value = map[y * width + x]
      if found < 0 || value > best || value.isNaN {
        best = value
        found = countsColumns ? x * height + y : y * width + x
      }
    }
    return found
  }
}
