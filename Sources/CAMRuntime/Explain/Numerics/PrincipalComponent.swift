import Glibc

/// Projections of a layer's positions on the leading direction of their channel vectors.
enum PrincipalComponent {
  /// The positions' channel vectors projected on their first right singular vector.
  ///
  /// With X the positions-by-channels matrix this is `X v = sigma u`, so the positions-by-positions Gram matrix
  /// `X X'` is enough: its leading eigenvector is `u`, its eigenvalue `sigma` squared. The sign of a singular
  /// vector is arbitrary; here the side of the greatest magnitude is positive (Seg-Eigen-CAM's rule).
  /// Where `isCentred`, each channel's mean is taken off first.
  static func projection(
    of maps: FeatureMaps, isCentred: Bool, interrupt: InterruptFlag
  ) throws -> SaliencyMap {
    if maps.channels < maps.positions {
      return try projectionFromChannels(of: maps, isCentred: isCentred, interrupt)
    }
    let gram = try self.gram(of: maps, isCentred: isCentred, interrupt)
    let (value, vector) = try SymmetricEigen.leading(gram, size: maps.positions, interrupt: interrupt)
    return oriented(vector, scale: sqrt(Swift.max(value, 0)), like: maps)
  }

  /// The same for layers of fewer channels than positions: the right singular vector from the channels-by-channels
  /// Gram matrix, then the projection on it.
  private static func projectionFromChannels(
    of maps: FeatureMaps, isCentred: Bool, _ interrupt: InterruptFlag
  ) throws -> SaliencyMap {
    let size = maps.channels
    let count = maps.positions
    let means = isCentred ? maps.channelMeans : Array(repeating: 0, count: size)
    var gram = [Double](repeating: 0, count: size * size)
    try maps.tensor.withValues { values in
      for row in 0..<size {
        try interrupt.check()
        for column in row..<size {
          var sum = 0.0
          for position in 0..<count {
            sum += Double(values[row * count + position]) * Double(values[column * count + position])
          }
          sum -= Double(count) * means[row] * means[column]
          gram[row * size + column] = sum
          gram[column * size + row] = sum
        }
      }
    }
    let direction = try SymmetricEigen.leading(gram, size: size, interrupt: interrupt).vector
    var projection = [Double](repeating: 0, count: count)
    maps.tensor.withValues { values in
      for channel in 0..<size {
        for position in 0..<count {
          projection[position] +=
            direction[channel] * (Double(values[channel * count + position]) - means[channel])
        }
      }
    }
    return oriented(projection, scale: 1, like: maps)
  }

  /// The first component of kernel PCA with the sigmoid kernel `tanh(gamma <x, y> + 1)`.
  static func kernelProjection(
    of maps: FeatureMaps, gamma: Double, interrupt: InterruptFlag
  ) throws -> SaliencyMap {
    let size = maps.positions
    var kernel = try gram(of: maps, isCentred: true, interrupt)
    var means: [Double] = []
    for row in 0..<size {
      try interrupt.check()
      var sum = 0.0
      for index in row * size..<(row + 1) * size {
        kernel[index] = tanh(gamma * kernel[index] + 1)
        sum += kernel[index]
      }
      means.append(sum / Double(size))
    }
    let mean = means.reduce(0, +) / Double(size)
    for row in 0..<size {
      for column in 0..<size { kernel[row * size + column] += mean - means[row] - means[column] }
    }
    // Where all positions are alike only rounding is left of the kernel, which scaling would make a map of.
    let greatest = kernel.reduce(0) { Swift.max($0, abs($1)) }
    guard greatest > 1e-12 else {
      return SaliencyMap(height: maps.height, width: maps.width, values: [Float](repeating: 0, count: size))
    }
    let (value, vector) = try SymmetricEigen.leading(kernel, size: size, interrupt: interrupt)
    return oriented(vector, scale: sqrt(Swift.max(value, 0)), like: maps)
  }

  /// The positions' inner products, positions by positions, in double precision.
  static func gram(of maps: FeatureMaps, isCentred: Bool, _ interrupt: InterruptFlag) throws -> [Double] {
    let size = maps.positions
    let means = isCentred ? maps.channelMeans : Array(repeating: 0, count: maps.channels)
    try MemoryRoom.check(
      size * size * MemoryLayout<Double>.stride, for: "comparing \(size) positions with each other")
    var gram = try zeros(size * size, interrupt)
    var row = [Double](repeating: 0, count: size)
    try maps.tensor.withValues { values in
      try gram.withUnsafeMutableBufferPointer { gram in
        try row.withUnsafeMutableBufferPointer { row in
          for channel in 0..<maps.channels {
            for position in 0..<size {
              row[position] = Double(values[channel * size + position]) - means[channel]
            }
            for position in 0..<size where row[position] != 0 {
              try interrupt.check()
              let factor = row[position]
              let start = position * size
              for other in position..<size { gram[start + other] += factor * row[other] }
            }
          }
          for position in 0..<size {
            try interrupt.check()
            for other in 0..<position { gram[position * size + other] = gram[other * size + position] }
          }
        }
      }
    }
    return gram
  }

  /// Zeros, laid down piece by piece: a gigabyte of them takes a second.
  private static func zeros(_ count: Int, _ interrupt: InterruptFlag) throws -> [Double] {
    try [Double](unsafeUninitializedCapacity: count) { buffer, laid in
      while laid < count {
        try interrupt.check()
        let end = Swift.min(laid + (1 << 20), count)
        buffer[laid..<end].initialize(repeating: 0)
        laid = end
      }
    }
  }

  private static func oriented(_ vector: [Double], scale: Double, like maps: FeatureMaps) -> SaliencyMap {
    let top = vector.max() ?? 0
    let bottom = vector.min() ?? 0
    let sign = abs(bottom) > abs(top) ? -1.0 : 1.0
    return SaliencyMap(
      height: maps.height, width: maps.width, values: vector.map { Float(sign * scale * $0) })
  }
}
