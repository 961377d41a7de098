/// The value of a linear layer minus what the changes of its inputs take from it, unit by unit.
///
/// Behind a rectifier most inputs that were zero stay so whatever is taken away: they are left out of the product.
/// Those that a few units open are added one by one.
struct LinearRows: CutSource {
  let node: NodeID
  private let value: Tensor
  private let outputs: Int
  /// The columns of the product: weights `[outputs, columns]` and changes `[units, columns]`.
  private let weight: Tensor
  private let changes: Tensor
  /// Rows of the weights of single inputs, and for each unit which of them it changes by how much.
  private let singles: Tensor
  private let singleChanges: [[(row: Int, change: Float)]]
  private let pool: BufferPool
  private let interrupt: InterruptFlag

  /// The layer's unchanged value, its weights and the changes of its inputs, `[units, inputs]`.
  init(node: NodeID, value: Tensor, weight: Tensor, changes: Tensor, network: Network) {
    self.node = node
    self.value = value
    outputs = weight.shape[0]
    interrupt = network.options.interrupt
    pool = network.device.pool
    let units = changes.shape[0]
    let counts = Self.countsOfChanges(changes)
    let dense = counts.indices.filter { counts[$0] > units / 8 }
    let single = counts.indices.filter { counts[$0] > 0 && counts[$0] <= units / 8 }
    let isWhole = dense.count == counts.count
    (self.weight, singles) =
      isWhole ? (weight, .zeros([0])) : Self.split(weight, into: dense, and: single, pool)
    self.changes = isWhole ? changes : Self.split(changes, into: dense, and: [], pool).0
    singleChanges = changes.withValues { values in
      (0..<units).map { unit in
        single.enumerated().compactMap { row, column in
          let change = values[unit * counts.count + column]
          return change == 0 ? nil : (row, change)
        }
      }
    }
  }

  func write(without units: [Int], to target: UnsafeMutableBufferPointer<Float>) throws {
    let inner = weight.shape[1]
    let places = units.indices.filter { units[$0] >= 0 }
    guard let first = places.first, let last = places.last, let base = target.baseAddress else {
      return finish(units, target)
    }
    try interrupt.check()
    if inner > 0 {
      let rows = gather(rows: units[first...last])
      try rows.withValues { rows in
        try weight.withValues { weight in
          guard let a = rows.baseAddress, let b = weight.baseAddress else { return }
          try Engine.product(
            transposeA: false, transposeB: true, rows: last - first + 1, columns: outputs, inner: inner,
            a: a, aStride: inner, b: b, bStride: inner, c: base + first * outputs, cStride: outputs)
        }
      }
    } else {
      target.update(repeating: 0)
    }
    finish(units, target)
  }

  /// The value minus the product and the single changes; the value itself where no unit is taken away.
  private func finish(_ units: [Int], _ target: UnsafeMutableBufferPointer<Float>) {
    value.withValues { value in
      singles.withValues { singles in
        inParallel(units.count, grain: 8) { range in
          for place in range {
            let start = place * outputs
            guard units[place] >= 0 else {
              for output in 0..<outputs { target[start + output] = value[output] }
              continue
            }
            for output in 0..<outputs { target[start + output] = value[output] - target[start + output] }
            for (row, change) in singleChanges[units[place]] {
              for output in 0..<outputs { target[start + output] -= change * singles[row * outputs + output] }
            }
          }
        }
      }
    }
  }

  /// The changes of some units, in this order; nothing for negative ones.
  private func gather(rows: ArraySlice<Int>) -> Tensor {
    let inner = weight.shape[1]
    let storage = TensorStorage(count: rows.count * inner, from: pool)
    let target = UnsafeMutableBufferPointer(start: storage.base, count: rows.count * inner)
    changes.withValues { changes in
      inParallel(rows.count, grain: 8) { range in
        for place in range {
          let from = rows[rows.startIndex + place] * inner
          let to = place * inner
          for column in 0..<inner { target[to + column] = from < 0 ? 0 : changes[from + column] }
        }
      }
    }
    return Tensor(shape: [rows.count, inner], storage: storage)
  }

  /// In how many rows each column is not zero.
  private static func countsOfChanges(_ matrix: Tensor) -> [Int] {
    let width = matrix.shape[1]
    var counts = [Float](repeating: 0, count: width)
    matrix.withValues { values in
      counts.withUnsafeMutableBufferPointer { counts in
        for start in stride(from: 0, to: values.count, by: width) {
          for column in 0..<width { counts[column] += values[start + column] == 0 ? 0 : 1 }
        }
      }
    }
    return counts.map { Int($0) }
  }

  /// Some columns of a matrix, and others as rows; the matrix is read once.
  private static func split(
    _ matrix: Tensor, into columns: [Int], and singles: [Int], _ pool: BufferPool
  ) -> (Tensor, Tensor) {
    let (rows, width) = (matrix.shape[0], matrix.shape[1])
    let left = TensorStorage(count: rows * columns.count, from: pool)
    let right = TensorStorage(count: rows * singles.count, from: pool)
    matrix.withValues { values in
      columns.withUnsafeBufferPointer { columns in
        singles.withUnsafeBufferPointer { singles in
          // Sixteen rows at a time, which stay in the cache.
          inParallel((rows + 15) / 16) { range in
            for block in range {
              let here = block * 16..<min(block * 16 + 16, rows)
              for row in here {
                let target = left.base + row * columns.count
                for place in 0..<columns.count { target[place] = values[row * width + columns[place]] }
              }
              for place in 0..<singles.count {
                let target = right.base + place * rows
                for row in here { target[row] = values[row * width + singles[place]] }
              }
            }
          }
        }
      }
    }
    return (
      Tensor(shape: [rows, columns.count], storage: left),
      Tensor(shape: [singles.count, rows], storage: right)
    )
  }
}
