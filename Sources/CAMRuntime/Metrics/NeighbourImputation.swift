/// Fills missing pixels of a picture so that each is the weighted mean of its eight neighbours, known and filled alike
/// (Rong et al., A Consistent and Efficient Evaluation Strategy for Attribution Methods, ICML 2022).
///
/// Neighbours beside a pixel weigh 1/6, those across 1/12; at the picture's border, those inside share the whole. The equations
/// are symmetric and positive definite as long as one pixel is known, and are solved by conjugate gradients; where none is
/// known every constant solves them, and the pixels become zero.
package struct NeighbourImputation {
  private static let beside = 1.0 / 6
  private static let across = 1.0 / 12
  /// A residual of this share of the right side leaves errors far below the rounding of 32-bit pictures.
  private static let tolerance = 1e-8

  private let height: Int
  private let width: Int
  private let missing: [Bool]
  private let missingCount: Int

  /// A filling of a picture of this size.
  ///
  /// - Parameters:
  ///   - height: the picture's rows.
  ///   - width: its columns.
  ///   - missing: whether each pixel is missing, row by row.
  package init(height: Int, width: Int, missing: [Bool]) {
    self.height = height
    self.width = width
    self.missing = missing
    missingCount = missing.reduce(0) { $0 + ($1 ? 1 : 0) }
  }

  /// Whether a pixel, counted row by row, is filled.
  func isMissing(_ pixel: Int) -> Bool { missing[pixel] }

  /// Fills one plane; leaves it half done where an interrupt comes.
  package func fill(_ plane: UnsafeMutableBufferPointer<Float>, interrupt: InterruptFlag) {
    guard missingCount > 0 else { return }
    guard missingCount < plane.count else { return plane.update(repeating: 0) }
    let size = BorderedPlane.size(height: height, width: width)
    let levels = ImputationLevels.size(height: height, width: width)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 7 * size + levels) { memory in
      memory.initialize(repeating: 0)
      func part(_ index: Int) -> BorderedPlane {
        BorderedPlane(memory, from: index * size, height: height, width: width)
      }
      let system = System(
        isMissing: part(0), weight: part(1), solution: part(2), residual: part(3), direction: part(4),
        product: part(5), corrected: part(6))
      prepare(system, from: plane)
      let levels = ImputationLevels(memory, from: 7 * size, finest: system.product)
      solve(system, levels, interrupt: interrupt)
      for row in 0..<height {
        for column in 0..<width where missing[row * width + column] {
          plane[row * width + column] = Float(system.solution[row, column])
        }
      }
    }
  }

  /// The planes that a solution works on.
  private struct System {
    /// One where a pixel is missing, else zero.
    let isMissing: BorderedPlane
    /// What a pixel's neighbours weigh together.
    let weight: BorderedPlane
    let solution: BorderedPlane
    let residual: BorderedPlane
    let direction: BorderedPlane
    let product: BorderedPlane
    /// The residual as the levels correct it.
    let corrected: BorderedPlane
  }

  /// Masks, weights and the right side as the first residual; leaves in `product` what each missing pixel's known neighbours weigh.
  private func prepare(_ system: System, from plane: UnsafeMutableBufferPointer<Float>) {
    for row in 0..<height {
      for column in 0..<width {
        let isMissing = missing[row * width + column]
        system.isMissing[row, column] = isMissing ? 1 : 0
        system.direction[row, column] = isMissing ? 0 : Double(plane[row * width + column])
        system.corrected[row, column] = 1
      }
    }
    forEachRow { row in
      for here in row {
        // The neighbours in a plane of ones weigh what those inside the picture do.
        system.weight.values[here] = neighbours(of: system.corrected, at: here)
        system.residual.values[here] =
          system.isMissing.values[here] * neighbours(of: system.direction, at: here)
        system.product.values[here] =
          system.isMissing.values[here]
          * (system.weight.values[here] - neighbours(of: system.isMissing, at: here))
      }
    }
  }

  /// Conjugate gradients from zero on.
  private func solve(_ system: System, _ levels: ImputationLevels, interrupt: InterruptFlag) {
    let goal = dot(system.residual, system.residual) * Self.tolerance * Self.tolerance
    correct(system, levels)
    forEachRow { row in
      for here in row { system.direction.values[here] = system.corrected.values[here] }
    }
    var norm = dot(system.residual, system.corrected)
    var left = 20 * (height + width) + 200
    while dot(system.residual, system.residual) > goal, left > 0, !interrupt.isRaised {
      left -= 1
      apply(system)
      let curvature = dot(system.direction, system.product)
      guard curvature > 0 else { return }
      let step = norm / curvature
      forEachRow { row in
        for here in row {
          system.solution.values[here] += step * system.direction.values[here]
          system.residual.values[here] -= step * system.product.values[here]
        }
      }
      correct(system, levels)
      let next = dot(system.residual, system.corrected)
      let share = next / norm
      norm = next
      forEachRow { row in
        for here in row {
          system.direction.values[here] =
            system.corrected.values[here] + share * system.direction.values[here]
        }
      }
    }
  }

  /// The left side of the equations for the direction, which is zero where a pixel is known.
  private func apply(_ system: System) {
    forEachRow { row in
      for here in row {
        system.product.values[here] =
          system.isMissing.values[here]
          * (system.weight.values[here] * system.direction.values[here]
            - neighbours(of: system.direction, at: here))
      }
    }
  }

  /// The residual over its own weights, and what coarser levels make of it.
  private func correct(_ system: System, _ levels: ImputationLevels) {
    levels.correct(system.residual, into: system.corrected)
    forEachRow { row in
      for here in row {
        system.corrected.values[here] =
          system.isMissing.values[here]
          * (system.corrected.values[here] + system.residual.values[here] / system.weight.values[here])
      }
    }
  }

  @inline(__always)
  private func neighbours(of plane: BorderedPlane, at here: Int) -> Double {
    let (values, above, below) = (plane.values, here - plane.stride, here + plane.stride)
    return Self.beside * (values[above] + values[below] + values[here - 1] + values[here + 1]) + Self.across
      * (values[above - 1] + values[above + 1] + values[below - 1] + values[below + 1])
  }

  /// Calls a body with the places of each row of the picture in a bordered plane.
  @inline(__always)
  private func forEachRow(_ body: (Range<Int>) -> Void) {
    for row in 0..<height {
      let start = (row + 1) * (width + 2) + 1
      body(start..<start + width)
    }
  }

  private func dot(_ left: BorderedPlane, _ right: BorderedPlane) -> Double {
    let (left, right) = (left.values, right.values)
    var lanes = SIMD4<Double>.zero
    let end = left.count / 4 * 4
    for start in stride(from: 0, to: end, by: 4) {
      for lane in 0..<4 { lanes[lane] += left[start + lane] * right[start + lane] }
    }
    return (end..<left.count).reduce(lanes.sum()) { $0 + left[$1] * right[$1] }
  }
}
