/// A value resampled to other extents, axis by axis, by ONNX' rules.
package struct Resize: Operation {
  /// The name of the kind.
  package static let kind = "resize"

  /// How a value is made of its neighbours.
  package enum Mode: Sendable, Hashable {
    case nearest(Rounding)
    case linear
    /// Cubic convolution with this coefficient (-0.75 in ONNX and PyTorch, -0.5 in Pillow).
    case cubic(Float)
  }

  /// Which neighbour is the nearest.
  package enum Rounding: Sendable, Hashable {
    case preferFloor, preferCeil, floor, ceil
  }

  /// Where an element of the result lies in the input.
  package enum Coordinates: Sendable, Hashable {
    case halfPixel, halfPixelSymmetric, pytorchHalfPixel, alignCorners, asymmetric
    /// `tf_crop_and_resize`: first and last coordinate of each axis as shares of it, and the value outside.
    case crop(starts: [Float], ends: [Float], outside: Float)
  }

  /// What the extents become.
  package enum Target: Sendable, Hashable {
    /// The extents of all axes; 0 keeps one.
    case sizes([Int])
    /// Extents, 0 where one is kept, and the factor that they were rounded from.
    case proportional([Int], factor: Float)
    /// A factor for each axis.
    case scales([Float])
  }

  /// What the extents become.
  package let target: Target
  /// How a value is made of its neighbours.
  package let mode: Mode
  /// Where an element of the result lies in the input.
  package let coordinates: Coordinates
  /// Whether the filter widens when the value shrinks.
  package let antialias: Bool
  /// Whether neighbours outside the input have no weight, instead of repeating the edge.
  package let excludesOutside: Bool

  /// A resize.
  package init(
    _ target: Target, mode: Mode = .linear, coordinates: Coordinates = .halfPixel,
    antialias: Bool = false, excludesOutside: Bool = false
  ) {
    self.target = target
    self.mode = mode
    self.coordinates = coordinates
    self.antialias = antialias
    self.excludesOutside = excludesOutside
  }

  /// The target's extents.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    switch target {
    case .sizes(let sizes), .proportional(let sizes, _):
      guard sizes.count == input.rank, sizes.allSatisfy({ $0 >= 0 }) else {
        throw refusal(inputs, "sizes \(sizes)")
      }
      return Shape(zip(sizes, input.dimensions).map { $0 == 0 ? $1 : $0 })
    case .scales(let scales):
      guard scales.count == input.rank, scales.allSatisfy({ $0 > 0 && $0 < 1e6 }),
        input.dimensions.allSatisfy({ $0 < 1 << 31 })
      else { throw refusal(inputs, "scales \(scales)") }
      return Shape(zip(scales, input.dimensions).map { Int((Float($1) * $0).rounded(.down)) })
    }
  }

  /// Affine; channel by channel where batch and channels stay.
  package var traits: OperationTraits {
    switch target {
    case .scales(let scales) where scales.prefix(2).allSatisfy { $0 == 1 }: [.affine, .channelLocal]
    case .sizes(let sizes) where sizes.prefix(2).allSatisfy { $0 == 0 }: [.affine, .channelLocal]
    case .proportional(let sizes, _) where sizes.prefix(2).allSatisfy { $0 == 0 }: [.affine, .channelLocal]
    default: .affine
    }
  }
}

extension Resize {
  /// Any layout does.
  package var operandOrder: OperandOrder { .uniform }

  /// One axis after another, each with a value of its own.
  package func floatsBeside(_ inputs: [Shape], output: Shape, on device: Device) throws -> Int {
    inputs[0].count + output.count
  }

  /// The resampled value.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    device.apply(try maps(of: inputs[0].shape), to: inputs[0])
  }

  /// Each new element's gradient goes to the elements that it was made of.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let shape = pass.inputShapes[0]
    return [device.transposed(try maps(of: shape), of: pass.gradient, to: shape)]
  }

  private func maps(of shape: Shape) throws(GraphError) -> [(axis: Int, map: AxisMap)] {
    let result = try outputShape(of: [shape])
    var maps: [(axis: Int, map: AxisMap)] = []
    for axis in 0..<shape.rank {
      let scale: Float
      switch target {
      case .scales(let scales): scale = scales[axis]
      case .proportional(let sizes, let factor): scale = sizes[axis] == 0 ? 1 : factor
      case .sizes: scale = Float(result[axis]) / Float(max(1, shape[axis]))
      }
      if case .crop = coordinates {} else if scale == 1, result[axis] == shape[axis] { continue }
      guard shape[axis] > 0 else { throw refusal([shape], "axis \(axis) is empty") }
      let taps = ResizeTaps(
        mode: mode, coordinates: coordinates, antialias: antialias, excludesOutside: excludesOutside,
        extent: shape[axis], count: result[axis], scale: scale, axis: axis)
      maps.append((axis, taps.map))
    }
    return maps
  }
}
