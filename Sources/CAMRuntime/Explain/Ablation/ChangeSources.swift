import CVector

/// The layer's value without a unit.
struct EditedMaps: ChangeSource {
  let node: NodeID
  let maps: FeatureMaps
  let unit: AblationUnit
  /// What each channel becomes.
  let baseline: [Float]

  func changes(without units: [Int], on device: Device) -> Value {
    let result = device.zeros(maps.tensor.shape.withBatch(units.count), .channelsLast)
    let size = maps.tensor.count, channels = maps.channels, positions = maps.positions
    maps.tensor.withValues { values in
      for (place, unit) in units.enumerated() {
        let copy = result.pointer + place * size
        switch self.unit {
        case .channel:
          for position in 0..<positions {
            copy[position * channels + unit] = baseline[unit] - values[unit * positions + position]
          }
        case .spatial:
          for channel in 0..<channels {
            copy[unit * channels + channel] = baseline[channel] - values[channel * positions + unit]
          }
        }
      }
    }
    return result
  }
}

/// A local value in which one channel's block changes.
struct EditedBlock: ChangeSource {
  let node: NodeID
  /// What all blocks together change, of the shape of the node.
  let change: Tensor
  let channels: Int

  func changes(without units: [Int], on device: Device) -> Value {
    let shape = change.shape
    let result = device.zeros(shape.withBatch(units.count), shape.rank == 4 ? .channelsLast : .rowMajor)
    let width = change.count / channels
    let innermost = shape.rank == 4 ? shape[1] : 1, places = shape.rank == 4 ? shape[2] * shape[3] : width
    change.withValues { change in
      for (entry, unit) in units.enumerated() {
        let copy = result.pointer + entry * change.count
        for index in unit * width..<(unit + 1) * width {
          let place = shape.rank == 4 ? index % places * innermost + index / places : index
          copy[place] = change[index]
        }
      }
    }
    return result
  }
}

/// What taking channels away changes in a linear layer, which is known.
struct KnownRows: ChangeSource {
  let node: NodeID
  /// The shape of the node.
  let shape: Shape
  let products: BlockProducts
  let isLent = true

  func changes(without units: [Int], on device: Device) -> Value {
    products.value(of: units, as: shape.withBatch(units.count), on: device)
  }
}

/// What each channel's columns add to a linear layer, computed from the change of its input.
struct ThinRows: ChangeSource {
  let node: NodeID
  /// The shape of the node.
  let shape: Shape
  let weight: Tensor
  /// What taking all channels away changes.
  let change: Tensor
  let channels: Int

  func changes(without units: [Int], on device: Device) -> Value {
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    let result = device.allocate(shape.withBatch(units.count))
    weight.withValues { weight in
      change.withValues { change in
        if let w = weight.baseAddress, let x = change.baseAddress {
          cv_thin_products(
            w, x, units, units.count, inputs / channels, inputs, outputs, result.pointer, nil)
        }
      }
    }
    return result
  }
}
