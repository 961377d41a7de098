internal import CVector

/// Which numbers a tensor is of, not how many: layers may share some of theirs.
struct TensorIdentity: Hashable {
  private let storage: ObjectIdentifier
  private let offset: Int

  init(_ tensor: Tensor) {
    storage = ObjectIdentifier(tensor.storage)
    offset = tensor.offset
  }
}

/// Which numbers a normalisation is made of.
struct NormIdentity: Hashable {
  private let scale, shift, mean, variance: TensorIdentity
  private let epsilon: Float

  init(_ norm: BatchNorm) {
    scale = TensorIdentity(norm.scale)
    shift = TensorIdentity(norm.shift)
    mean = TensorIdentity(norm.mean)
    variance = TensorIdentity(norm.variance)
    epsilon = norm.epsilon
  }
}

/// What packed weights depend on.
struct PackedWeightsKey: Hashable {
  let weights: TensorIdentity
  let norm: NormIdentity?
  let algorithm: ConvolutionKernel.Algorithm
  var halves = false
}

/// What a convolution's kernel depends on.
struct ConvolutionKernelKey: Hashable {
  let weights: TensorIdentity
  let bias: TensorIdentity?
  let norm: NormIdentity?
  let geometry: ConvolutionGeometry
  let isAmongMany: Bool

  init(
    _ convolution: Convolution, _ norm: BatchNorm?, _ geometry: ConvolutionGeometry, amongMany: Bool
  ) {
    weights = TensorIdentity(convolution.weight)
    bias = convolution.bias.map(TensorIdentity.init)
    self.norm = norm.map(NormIdentity.init)
    self.geometry = geometry
    isAmongMany = amongMany
  }
}

/// What a table of tap offsets depends on.
struct OffsetsKey: Hashable {
  let geometry: ConvolutionGeometry
  let algorithm: ConvolutionKernel.Algorithm
  let inPairs: Bool
}

extension Device {
  /// The table of tap offsets of a convolution, in elements or pairs of them, whatever its weights and batch.
  func offsets(
    _ geometry: ConvolutionGeometry, _ algorithm: ConvolutionKernel.Algorithm, inPairs: Bool
  ) -> [Int32] {
    var single = geometry
    single.batch = 1
    let key = OffsetsKey(geometry: single, algorithm: algorithm, inPairs: inPairs)
    if let known = offsetTables[key] { return known }
    let made = ConvolutionKernel.offsets(single, algorithm, inPairs: inPairs)
    offsetTables[key] = made
    return made
  }

  /// The convolution that computes the gradient of another with respect to its input, with the factors of `norm` behind
  /// it where channels are apart; nil where its stride or its padding do not allow one.
  func turned(
    _ convolution: Convolution, then norm: BatchNorm?, input: Shape
  ) throws(GraphError) -> Convolution? {
    let channels = convolution.weight.shape[0]
    let isDepthwise = convolution.groups == channels && convolution.weight.shape[1] == 1
    guard convolution.stride == 1, convolution.groups == 1 || isDepthwise else { return nil }
    let key = PackedWeightsKey(
      weights: TensorIdentity(convolution.weight), norm: norm.map(NormIdentity.init),
      algorithm: .direct(merged: false))
    if let known = turned[key] { return known.result }
    try convolution.checkRoomForWeights()
    let made = convolution.turned(times: norm?.affine.factors)
    turned[key] = (convolution, norm, made)
    return made
  }

  /// The kernel of a convolution on inputs of a shape; nil where the engine's loops do not take it.
  func kernel(_ convolution: Convolution, then norm: BatchNorm?, on input: Shape) throws -> ConvolutionKernel?
  {
    let output = try convolution.outputShape(of: [input])
    let key = ConvolutionKernelKey(
      convolution, norm, convolution.geometry(input, output), amongMany: isAmongMany)
    if let known = kernels[key] { return known.kernel }
    try convolution.checkRoomForWeights()
    let made = ConvolutionKernel(convolution, then: norm, on: input, output: output, device: self)
    kernels[key] = (convolution, norm, made)
    return made
  }

  /// Weights, group by group, in the order that an algorithm reads them.
  func packed(
    _ convolution: Convolution, by algorithm: ConvolutionKernel.Algorithm, norm: BatchNorm?,
    affine factors: [Float]?, halves: Bool = false
  ) -> [TensorStorage] {
    let weight = convolution.weight
    let order = algorithm == .winograd ? .direct(merged: false) : algorithm
    let key = PackedWeightsKey(
      weights: TensorIdentity(weight), norm: norm.map(NormIdentity.init), algorithm: order, halves: halves)
    if let known = nativeWeights[key] { return known }
    let made = weight.withValues { pack($0, weight.shape, convolution.groups, order, factors, halves) }
    nativeWeights[key] = made
    weight.storage.coolDown()
    return made
  }

  private func pack(
    _ weights: UnsafeBufferPointer<Float>, _ shape: Shape, _ groups: Int,
    _ algorithm: ConvolutionKernel.Algorithm, _ factors: [Float]?, _ halves: Bool
  ) -> [TensorStorage] {
    guard let base = weights.baseAddress else { return [] }
    let outputs = shape[0], inputs = shape[1], taps = shape[2] * shape[3]
    switch algorithm {
    case .pairedWinograd:
      let storage = TensorStorage(count: cv_paired_winograd_packed_count(outputs, inputs) / 2)
      let scaled = [Float](unsafeUninitializedCapacity: outputs * inputs * taps) { target, count in
        count = outputs * inputs * taps
        for place in 0..<count { target[place] = weights[place] * (factors?[place / (inputs * taps)] ?? 1) }
      }
      cv_paired_winograd_pack(scaled, storage.raw.halves, outputs, inputs)
      return [storage]
    case .depthwise:
      let storage = TensorStorage(count: taps * outputs)
      for tap in 0..<taps {
        for output in 0..<outputs {
          storage.base[tap * outputs + output] = base[output * taps + tap] * (factors?[output] ?? 1)
        }
      }
      return [storage]
    case .direct(merged: true) where halves:
      return [mergedPairs(base, shape, factors)]
    case .direct, .winograd:
      // A row of weights is [I, kh, kw]; the loops read [kh, kw, I], merged taps or not.
      var order = [Int32](repeating: 0, count: inputs * taps)
      for tap in 0..<taps {
        for input in 0..<inputs { order[tap * inputs + input] = Int32(input * taps + tap) }
      }
      let each = outputs / groups
      return (0..<groups).map { group in
        if halves {
          let storage = TensorStorage(count: cv_packed_count(each, inputs * taps / 2))
          cv_pack_bf16(base, factors, order, storage.base, each, inputs * taps)
          return storage
        }
        let storage = TensorStorage(count: cv_packed_count(each, inputs * taps))
        let own = factors.map { Array($0[group * each..<(group + 1) * each]) }
        cv_pack(base + group * each * inputs * taps, own, order, storage.base, each, inputs * taps)
        return storage
      }
    }
  }

  /// Weights of merged taps in pairs: each row of the window is [kw, I], and a zero where that is odd.
  private func mergedPairs(
    _ weights: UnsafePointer<Float>, _ shape: Shape, _ factors: [Float]?
  ) -> TensorStorage {
    let inputs = shape[1], rows = shape[2], columns = shape[3]
    let run = (columns * inputs + 1) / 2 * 2, inner = rows * run
    var padded = [Float](repeating: 0, count: shape[0] * inner)
    for output in 0..<shape[0] {
      for input in 0..<inputs {
        for tap in 0..<rows * columns {
          padded[output * inner + tap / columns * run + tap % columns * inputs + input] =
            weights[(output * inputs + input) * rows * columns + tap]
        }
      }
    }
    let storage = TensorStorage(count: cv_packed_count(shape[0], inner / 2))
    cv_pack_bf16(padded, factors, (0..<inner).map(Int32.init), storage.base, shape[0], inner)
    return storage
  }
}

extension Convolution {
  /// Refuses to lay the weights out once more where there is no room for them.
  fileprivate func checkRoomForWeights() throws(GraphError) {
    let bytes = weight.count * MemoryLayout<Float>.stride
    try MemoryRoom.check(bytes, for: "laying out weights of \(weight.shape)")
  }
}
