/// The maps of one layer for one picture: `channels` planes of `height` by `width`.
package struct FeatureMaps: Sendable {
  /// The values, `[1, channels, height, width]`.
  package let tensor: Tensor
  /// The number of planes.
  package let channels: Int
  /// Rows of a plane.
  package let height: Int
  /// Columns of a plane.
  package let width: Int

  /// The maps of a tensor of four axes with a batch of one; nil for any other.
  package init?(_ tensor: Tensor) {
    guard tensor.shape.rank == 4, tensor.shape[0] == 1 else { return nil }
    self.init(
      tensor: tensor, channels: tensor.shape[1], height: tensor.shape[2], width: tensor.shape[3])
  }

  private init(tensor: Tensor, channels: Int, height: Int, width: Int) {
    self.tensor = tensor
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// The number of positions of a plane.
  package var positions: Int { height * width }

  /// The same extents with values that the closure writes.
  package func like(_ write: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows -> FeatureMaps {
    let tensor = try Tensor(tensor.shape, initializing: write)
    return FeatureMaps(tensor: tensor, channels: channels, height: height, width: width)
  }

  /// The planes combined with those of another value by value.
  package func combined(
    with other: FeatureMaps, _ combine: (Float, Float) -> Float
  ) -> FeatureMaps {
    like { target in
      tensor.withValues { left in
        other.tensor.withValues { right in
          for index in target.indices { target[index] = combine(left[index], right[index]) }
        }
      }
    }
  }

  /// One plane.
  package func plane(_ channel: Int) -> SaliencyMap {
    tensor.withValues { values in
      let start = channel * positions
      return SaliencyMap(
        height: height, width: width, values: Array(values[start..<start + positions]))
    }
  }

  /// `sum_k weights[k] * plane k`, summed in double precision.
  package func weightedSum(_ weights: [Float]) -> SaliencyMap {
    precondition(weights.count == channels, "\(weights.count) weights for \(channels) channels")
    var sums = [Double](repeating: 0, count: positions)
    tensor.withValues { values in
      sums.withUnsafeMutableBufferPointer { sums in
        for channel in 0..<channels where weights[channel] != 0 {
          let weight = Double(weights[channel])
          let start = channel * positions
          for position in 0..<positions { sums[position] += weight * Double(values[start + position]) }
        }
      }
    }
    return SaliencyMap(height: height, width: width, values: sums.map { Float($0) })
  }

  /// The sum of the planes.
  package var sum: SaliencyMap { weightedSum(Array(repeating: 1, count: channels)) }

  /// Folds the values of each plane into one number, in double precision.
  package func reduceChannels(
    _ step: (inout Double, Float) -> Void
  ) -> [Double] {
    tensor.withValues { values in
      (0..<channels).map { channel in
        var total = 0.0
        for value in values[channel * positions..<(channel + 1) * positions] { step(&total, value) }
        return total
      }
    }
  }

  /// The sum of each plane.
  package var channelSums: [Double] { reduceChannels { $0 += Double($1) } }

  /// The mean of each plane.
  package var channelMeans: [Double] { channelSums.map { $0 / Double(positions) } }

  /// The greatest mean of magnitudes of a plane.
  package var greatestMeanMagnitude: Double {
    reduceChannels { $0 += Double(abs($1)) }.reduce(0, max) / Double(positions)
  }

  /// The least value of each plane.
  package var channelMinima: [Float] {
    tensor.withValues { values in
      (0..<channels).map { values[$0 * positions..<($0 + 1) * positions].min() ?? 0 }
    }
  }

  /// The planes with each multiplied by its weight.
  package func scaled(by weights: [Float]) -> FeatureMaps {
    like { target in
      tensor.withValues { values in
        for channel in 0..<channels {
          for index in channel * positions..<(channel + 1) * positions {
            target[index] = weights[channel] * values[index]
          }
        }
      }
    }
  }

  /// The number of values that are NaN or infinite.
  package var nonFiniteCount: Int { tensor.nonFiniteCount }
}
