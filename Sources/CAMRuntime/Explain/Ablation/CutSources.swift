import CVector
import Glibc

/// The layer's value without a unit.
struct EditedMaps: CutSource {
  let node: NodeID
  let maps: FeatureMaps
  let unit: AblationUnit
  /// What each channel becomes.
  let baseline: [Float]
  /// Whether only the difference to the unchanged value is written, for affine tails: then nothing cancels.
  let writesDifference: Bool

  func write(without units: [Int], to target: UnsafeMutableBufferPointer<Float>) {
    let size = maps.tensor.count
    maps.tensor.withValues { values in
      for (place, unit) in units.enumerated() {
        let copy = UnsafeMutableBufferPointer(rebasing: target[place * size..<(place + 1) * size])
        if writesDifference { copy.update(repeating: 0) } else { _ = copy.update(from: values) }
        guard unit >= 0 else { continue }
        edit(copy, unit, values)
      }
    }
  }

  private func edit(
    _ copy: UnsafeMutableBufferPointer<Float>, _ unit: Int, _ values: UnsafeBufferPointer<Float>
  ) {
    let positions = maps.positions
    switch self.unit {
    case .channel:
      for index in unit * positions..<(unit + 1) * positions {
        copy[index] = baseline[unit] - (writesDifference ? values[index] : 0)
      }
    case .spatial:
      for channel in 0..<maps.channels {
        let index = channel * positions + unit
        copy[index] = baseline[channel] - (writesDifference ? values[index] : 0)
      }
    }
  }
}

/// A local value with one channel's block taken from the value without any.
struct EditedCopy: CutSource {
  let node: NodeID
  let with: Tensor
  let without: Tensor
  let channels: Int

  func write(without units: [Int], to target: UnsafeMutableBufferPointer<Float>) {
    let size = with.count
    let width = size / channels
    with.withValues { with in
      without.withValues { without in
        for (place, unit) in units.enumerated() {
          let copy = UnsafeMutableBufferPointer(rebasing: target[place * size..<(place + 1) * size])
          _ = copy.update(from: with)
          guard unit >= 0 else { continue }
          for index in unit * width..<(unit + 1) * width { copy[index] = without[index] }
        }
      }
    }
  }
}

/// The value of a linear layer minus what each channel adds to it, which is known.
struct KnownRows: CutSource {
  let node: NodeID
  let value: Tensor
  /// One row for each channel.
  let products: Tensor

  func write(without units: [Int], to target: UnsafeMutableBufferPointer<Float>) {
    let outputs = products.shape[1]
    value.withValues { value in
      products.withValues { products in
        inParallel(units.count, grain: 8) { range in
          for place in range {
            let to = place * outputs
            let from = units[place] * outputs
            if units[place] < 0 {
              for output in 0..<outputs { target[to + output] = value[output] }
            } else {
              for output in 0..<outputs { target[to + output] = value[output] - products[from + output] }
            }
          }
        }
      }
    }
  }
}

/// The value of a linear layer minus what each channel's columns add to it.
struct ThinRows: CutSource {
  let node: NodeID
  let value: Tensor
  let weight: Tensor
  let change: Tensor
  let channels: Int

  func write(without units: [Int], to target: UnsafeMutableBufferPointer<Float>) {
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    let active = units.filter { $0 >= 0 }
    let places = units.indices.filter { units[$0] >= 0 }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: active.count * outputs) { products in
      weight.withValues { weight in
        change.withValues { change in
          if let w = weight.baseAddress, let x = change.baseAddress, let y = products.baseAddress {
            cv_thin_products(w, x, active, active.count, inputs / channels, inputs, outputs, y)
          }
        }
      }
      value.withValues { value in
        for place in units.indices where units[place] < 0 {
          for output in 0..<outputs { target[place * outputs + output] = value[output] }
        }
        inParallel(active.count, grain: 8) { range in
          for row in range {
            let from = row * outputs
            let to = places[row] * outputs
            for output in 0..<outputs { target[to + output] = value[output] - products[from + output] }
          }
        }
      }
    }
  }
}
