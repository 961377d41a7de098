/// A plane of numbers with a border of zeros, so that every place has eight neighbours.
struct BorderedPlane {
  let values: UnsafeMutableBufferPointer<Double>
  let height: Int
  let width: Int

  /// The numbers that a plane of this size takes.
  static func size(height: Int, width: Int) -> Int { (height + 2) * (width + 2) }

  /// A plane in a part of `memory`, which outlives it.
  init(_ memory: UnsafeMutableBufferPointer<Double>, from start: Int, height: Int, width: Int) {
    values = UnsafeMutableBufferPointer(
      rebasing: memory[start..<start + Self.size(height: height, width: width)])
    self.height = height
    self.width = width
  }

  var stride: Int { width + 2 }

  @inline(__always)
  subscript(row: Int, column: Int) -> Double {
    get { values[(row + 1) * stride + column + 1] }
    nonmutating set { values[(row + 1) * stride + column + 1] = newValue }
  }
}

/// Ever coarser pictures of a residual, each of half the size, whose corrections add up (Bramble, Pasciak and Xu's
/// preconditioner): conjugate gradients then take some fifty steps where they took hundreds.
struct ImputationLevels {
  /// The energy of a bilinear hat under the equations' weights.
  private static let hatEnergy = 8.0 / 9

  private var sums: [BorderedPlane] = []
  private var diagonals: [BorderedPlane] = []

  /// The numbers that all levels take.
  static func size(height: Int, width: Int) -> Int {
    sizes(height, width).reduce(0) { $0 + 2 * BorderedPlane.size(height: $1.height, width: $1.width) }
  }

  private static func sizes(_ height: Int, _ width: Int) -> [(height: Int, width: Int)] {
    var (height, width) = (height, width)
    var sizes: [(height: Int, width: Int)] = []
    while min(height, width) > 2 {
      (height, width) = ((height + 1) / 2, (width + 1) / 2)
      sizes.append((height, width))
    }
    return sizes
  }

  /// Levels in a part of memory.
  ///
  /// - Parameters:
  ///   - memory: zeros from `start` on, as many as `size` says.
  ///   - start: the first of them.
  ///   - finest: what each missing pixel's known neighbours weigh, zero where a pixel is known.
  init(_ memory: UnsafeMutableBufferPointer<Double>, from start: Int, finest: BorderedPlane) {
    var start = start
    for size in Self.sizes(finest.height, finest.width) {
      for isSum in [true, false] {
        let plane = BorderedPlane(memory, from: start, height: size.height, width: size.width)
        if isSum { sums.append(plane) } else { diagonals.append(plane) }
        start += plane.values.count
      }
    }
    var finer = finest
    for plane in diagonals {
      Self.gather(finer, into: plane, half: 0.25)
      finer = plane
    }
    for plane in diagonals {
      for row in 0..<plane.height {
        for column in 0..<plane.width { plane[row, column] = 1 / (plane[row, column] + Self.hatEnergy) }
      }
    }
  }

  /// The sum of all levels' corrections of a residual.
  func correct(_ residual: BorderedPlane, into result: BorderedPlane) {
    result.values.update(repeating: 0)
    var finer = residual
    for plane in sums {
      Self.gather(finer, into: plane, half: 0.5)
      finer = plane
    }
    for level in sums.indices.reversed() {
      let (plane, diagonal) = (sums[level], diagonals[level])
      // What was gathered has gone on to the coarser levels, whose corrections come on top.
      for place in plane.values.indices { plane.values[place] *= diagonal.values[place] }
      if level + 1 < sums.count { Self.spread(sums[level + 1], onto: plane) }
    }
    if let first = sums.first { Self.spread(first, onto: result) }
  }

  /// Each coarse place takes the fine one that it stands on, and half of those between it and the next.
  private static func gather(_ fine: BorderedPlane, into coarse: BorderedPlane, half: Double) {
    for row in 0..<coarse.height {
      let below = row + 1 < coarse.height ? half : 1
      for column in 0..<coarse.width {
        let after = column + 1 < coarse.width ? half : 1
        let (y, x) = (2 * row, 2 * column)
        func line(_ y: Int) -> Double { half * fine[y, x - 1] + fine[y, x] + after * fine[y, x + 1] }
        coarse[row, column] = half * line(y - 1) + line(y) + (y + 1 < fine.height ? below * line(y + 1) : 0)
      }
    }
  }

  /// The transpose of gathering: coarse values on the fine places that they stand on, means between them.
  private static func spread(_ coarse: BorderedPlane, onto fine: BorderedPlane) {
    for y in 0..<fine.height {
      let row = y / 2
      let lower = y % 2 == 0 ? 0 : row + 1 < coarse.height ? 0.5 : 0
      let upper = 1 - lower
      for x in 0..<fine.width {
        let column = x / 2
        let right = x % 2 == 0 ? 0 : column + 1 < coarse.width ? 0.5 : 0
        let left = 1 - right
        fine[y, x] +=
          upper * (left * coarse[row, column] + right * coarse[row, column + 1])
          + lower * (left * coarse[row + 1, column] + right * coarse[row + 1, column + 1])
      }
    }
  }
}
