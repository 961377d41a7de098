import Glibc

/// The eigenvectors of a small symmetric matrix.
enum SymmetricEigen {
  /// The eigenvector of the greatest eigenvalue by value (not by magnitude), and that eigenvalue.
  ///
  /// Householder-free Jacobi rotations: exact to rounding, affordable up to a few hundred rows.
  static func leading(
    _ matrix: [Double], size: Int, interrupt: InterruptFlag
  ) throws -> (value: Double, vector: [Double]) {
    guard size > 0 else { return (0, []) }
    if size > 64, let found = try iterated(matrix, size: size, interrupt) { return found }
    let (values, vectors) = try jacobi(matrix, size: size, interrupt: interrupt)
    let best = values.indices.max { values[$0] < values[$1] } ?? 0
    return (values[best], (0..<size).map { vectors[$0 * size + best] })
  }

  /// All eigenvalues and the matrix whose columns are the eigenvectors, by cyclic Jacobi rotations.
  static func jacobi(
    _ matrix: [Double], size: Int, interrupt: InterruptFlag
  ) throws -> (values: [Double], vectors: [Double]) {
    var a = matrix
    var vectors = [Double](repeating: 0, count: size * size)
    for index in 0..<size { vectors[index * size + index] = 1 }
    let scale = matrix.reduce(0) { Swift.max($0, abs($1)) }
    for _ in 0..<60 {
      var rest = 0.0
      for row in 0..<size {
        for column in row + 1..<Swift.max(size, row + 1) {
          rest = Swift.max(rest, abs(a[row * size + column]))
        }
      }
      if rest <= scale * 1e-15 { break }
      for row in 0..<size {
        try interrupt.check()
        for column in row + 1..<Swift.max(size, row + 1) {
          rotate(&a, &vectors, size: size, row: row, column: column)
        }
      }
    }
    return ((0..<size).map { a[$0 * size + $0] }, vectors)
  }

  private static func rotate(
    _ a: inout [Double], _ vectors: inout [Double], size: Int, row p: Int, column q: Int
  ) {
    let off = a[p * size + q]
    guard off != 0 else { return }
    let theta = (a[q * size + q] - a[p * size + p]) / (2 * off)
    let tangent = (theta >= 0 ? 1.0 : -1.0) / (abs(theta) + sqrt(theta * theta + 1))
    let cosine = 1 / sqrt(tangent * tangent + 1)
    let sine = tangent * cosine
    for k in 0..<size {
      let left = a[k * size + p]
      let right = a[k * size + q]
      a[k * size + p] = cosine * left - sine * right
      a[k * size + q] = sine * left + cosine * right
    }
    for k in 0..<size {
      let upper = a[p * size + k]
      let lower = a[q * size + k]
      a[p * size + k] = cosine * upper - sine * lower
      a[q * size + k] = sine * upper + cosine * lower
      let left = vectors[k * size + p]
      let right = vectors[k * size + q]
      vectors[k * size + p] = cosine * left - sine * right
      vectors[k * size + q] = sine * left + cosine * right
    }
  }

  /// Block power iteration with a Rayleigh-Ritz step: for larger matrices, where Jacobi is slow.
  ///
  /// Nil where it has not settled (a cluster of equal leading eigenvalues); Jacobi decides then.
  private static func iterated(
    _ matrix: [Double], size: Int, _ interrupt: InterruptFlag
  ) throws -> (value: Double, vector: [Double])? {
    // A shift by the norm makes the greatest eigenvalue also the greatest in magnitude.
    var shift = 0.0
    for row in 0..<size {
      var sum = 0.0
      var diagonal = 0.0
      for column in 0..<size {
        if column == row {
          diagonal = matrix[row * size + column]
        } else {
          sum += abs(matrix[row * size + column])
        }
      }
      shift = Swift.max(shift, sum - diagonal)
    }
    shift = Swift.max(shift, 0)
    let width = 8
    var generator = SeededGenerator(seed: 1)
    var block = (0..<width).map { _ in (0..<size).map { _ in generator.normal() } }
    orthonormalize(&block)
    var last = Double.infinity
    for _ in 0..<2_000 {
      let product = try block.map { row in
        try interrupt.check()
        return multiply(matrix, row, size: size, shift: shift)
      }
      var projected = [Double](repeating: 0, count: width * width)
      for row in 0..<width {
        for column in 0..<width { projected[row * width + column] = dot(block[row], product[column]) }
      }
      let (values, vectors) = try jacobi(projected, size: width, interrupt: interrupt)
      let order = values.indices.sorted { values[$0] > values[$1] }
      block = order.map { column in
        var sum = [Double](repeating: 0, count: size)
        for row in 0..<width {
          let factor = vectors[row * width + column]
          for index in 0..<size { sum[index] += factor * product[row][index] }
        }
        return sum
      }
      let value = values[order[0]] - shift
      orthonormalize(&block)
      let image = multiply(matrix, block[0], size: size, shift: 0)
      let rayleigh = dot(block[0], image)
      var residual = 0.0
      for index in 0..<size {
        let gap = image[index] - rayleigh * block[0][index]
        residual += gap * gap
      }
      if sqrt(residual) <= 1e-12 * Swift.max(abs(rayleigh), 1e-300) { return (rayleigh, block[0]) }
      if abs(value - last) <= 1e-16 * abs(value), sqrt(residual) <= 1e-9 * abs(rayleigh) {
        return (rayleigh, block[0])
      }
      last = value
    }
    return nil
  }

  private static func multiply(_ matrix: [Double], _ vector: [Double], size: Int, shift: Double) -> [Double] {
    matrix.withUnsafeBufferPointer { matrix in
      vector.withUnsafeBufferPointer { vector in
        (0..<size).map { row in
          var sums = SIMD8<Double>()
          let start = row * size
          var column = 0
          while column + 8 <= size {
            var left = SIMD8<Double>()
            var right = SIMD8<Double>()
            for lane in 0..<8 {
              left[lane] = matrix[start + column + lane]
              right[lane] = vector[column + lane]
            }
            sums += left * right
            column += 8
          }
          var sum = sums.sum()
          while column < size {
            sum += matrix[start + column] * vector[column]
            column += 1
          }
          return sum + shift * vector[row]
        }
      }
    }
  }

  private static func dot(_ left: [Double], _ right: [Double]) -> Double {
    var sum = 0.0
    for index in left.indices { sum += left[index] * right[index] }
    return sum
  }

  private static func orthonormalize(_ block: inout [[Double]]) {
    for index in block.indices {
      for _ in 0..<2 {
        for earlier in 0..<index {
          let share = dot(block[index], block[earlier])
          for place in block[index].indices { block[index][place] -= share * block[earlier][place] }
        }
      }
      let norm = sqrt(dot(block[index], block[index]))
      if norm > 0 { for place in block[index].indices { block[index][place] /= norm } }
    }
  }
}
