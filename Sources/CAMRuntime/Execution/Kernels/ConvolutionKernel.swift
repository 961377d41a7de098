internal import CVector

/// A convolution on inputs of one shape by the engine's own loops: packed weights, tap offsets, algorithm.
final class ConvolutionKernel {
  /// How the sums are made.
  enum Algorithm: Hashable {
    /// Products of tiles; with merged taps a row of the window is one run of the padded input.
    case direct(merged: Bool)
    /// F(4x4, 3x3).
    case winograd
    /// One channel at a time.
    case depthwise
  }

  let algorithm: Algorithm
  let geometry: ConvolutionGeometry
  let packed: [TensorStorage]
  let bias: TensorStorage
  private let offsets: [Int32]
  /// Whether inputs and weights are rounded to 16 bits.
  let halves: Bool
  /// Whether the loops round the pixels that they take: no other pixel reads them too.
  private var roundsOnTheWay: Bool { halves && geometry.kernel == 1 && geometry.padding == 0 }

  /// Prepares a convolution whose outputs are then scaled and shifted by `affine`; nil where its window is
  /// larger than the loops take.
  init?(_ convolution: Convolution, then norm: BatchNorm?, on input: Shape, output: Shape, device: Device) {
    let geometry = convolution.geometry(input, output)
    guard Self.takes(geometry) else { return nil }
    self.geometry = geometry
    algorithm = Self.algorithm(for: geometry)
    let affine = norm?.affine
    halves =
      device.precision == .bfloat16 && algorithm == .direct(merged: false) && geometry.groups == 1
      && geometry.inputs % 2 == 0 && geometry.inputs >= 16
    packed = device.packed(convolution, by: algorithm, norm: norm, affine: affine?.factors, halves: halves)
    bias = Self.bias(convolution, affine, outputs: geometry.outputs)
    var counted = geometry
    if halves { counted.inputs /= 2 }
    offsets = device.offsets(counted, algorithm)
  }

  /// The convolved input plus `residual`, cut to a range; for changes of inputs, without what is added to all values.
  func run(
    _ input: Value, residual: Value?, low: Float, high: Float, addsBias: Bool = true, on device: Device
  ) -> Value {
    let source = device.value(input, as: .channelsLast)
    let result = device.allocate(geometry.targetShape, .channelsLast)
    var finish = cv_finish(
      bias: addsBias ? bias.base : nil, residual: residual?.pointer, low: low, high: high)
    switch algorithm {
    case .direct(let merged):
      direct(
        merged
          ? padded(source, on: device) : halves && !roundsOnTheWay ? rounded(source, on: device) : source,
        result, &finish)
    case .winograd:
      var shape = cv_winograd(
        batch: geometry.batch, h: geometry.input.height, w: geometry.input.width, c: geometry.inputs,
        oh: geometry.output.height, ow: geometry.output.width, outputs: geometry.outputs,
        top: geometry.padding.top, left: geometry.padding.left)
      let scratch = TensorStorage(count: cv_winograd_scratch(&shape), from: device.pool)
      cv_winograd_run(&shape, source.pointer, packed[0].base, &finish, result.pointer, scratch.base)
    case .depthwise:
      var shape = cv_depthwise(
        batch: geometry.batch, h: geometry.input.height, w: geometry.input.width, c: geometry.inputs,
        oh: geometry.output.height, ow: geometry.output.width, kh: geometry.kernel.height,
        kw: geometry.kernel.width, sh: geometry.stride.height, sw: geometry.stride.width,
        dh: geometry.dilation.height, dw: geometry.dilation.width, top: geometry.padding.top,
        left: geometry.padding.left)
      cv_depthwise_run(&shape, source.pointer, packed[0].base, &finish, result.pointer)
    }
    withExtendedLifetime((source, residual)) {}
    return result
  }

  private func direct(_ source: Value, _ result: Value, _ finish: inout cv_finish) {
    let merged = algorithm == .direct(merged: true)
    let inputs = geometry.inputs / geometry.groups / (halves ? 2 : 1),
      outputs = geometry.outputs / geometry.groups
    for group in 0..<geometry.groups {
      offsets.withUnsafeBufferPointer { table in
        var problem = cv_convolution(
          batch: geometry.batch, image: source.shape.countPerEntry / (halves ? 2 : 1),
          pixels: geometry.output.height * geometry.output.width,
          taps: merged ? geometry.kernel.height : geometry.kernel.height * geometry.kernel.width,
          run: merged ? geometry.kernel.width * inputs : inputs, outputs: outputs,
          pitch: geometry.outputs, offsets: table.isEmpty ? nil : table.baseAddress,
          whole: geometry.kernel == 1 && geometry.padding == 0 ? 1 : 0,
          pairs: Int32(halves ? (roundsOnTheWay ? cv_rounds : cv_pairs) : cv_plain)
        )
        var own = finish
        own.bias = finish.bias.map { $0 + group * outputs }
        own.residual = finish.residual.map { $0 + group * outputs }
        cv_convolve(
          &problem, source.pointer + group * inputs, packed[group].base, &own,
          result.pointer + group * outputs)
      }
    }
  }

  /// The input as 16-bit floats, two to an element.
  func rounded(_ source: Value, on device: Device) -> Value {
    let storage = TensorStorage(count: (source.count + 1) / 2, from: device.pool)
    cv_to_bf16(source.pointer, storage.base, source.count)
    return Value(shape: source.shape, layout: .channelsLast, storage: storage)
  }

  /// The input inside its zeros, so that rows of the window are unbroken runs.
  private func padded(_ source: Value, on device: Device) -> Value {
    let height = geometry.paddedInput.height, width = geometry.paddedInput.width
    let result = device.zeros([geometry.batch, geometry.inputs, height, width], .channelsLast)
    let row = geometry.input.width * geometry.inputs
    let top = geometry.padding.top * width + geometry.padding.left
    cv_copy(
      3, [geometry.batch, geometry.input.height, row], source.pointer,
      [geometry.input.height * row, row, 1], result.pointer + top * geometry.inputs,
      [height * width * geometry.inputs, width * geometry.inputs, 1])
    return result
  }
}

extension ConvolutionKernel {
  private static func takes(_ geometry: ConvolutionGeometry) -> Bool {
    let taps = geometry.kernel.height * geometry.kernel.width
    let padding = [
      geometry.padding.top, geometry.padding.left, geometry.padding.bottom, geometry.padding.right,
    ]
    return taps <= Int(CV_MOST_DEPTHWISE_TAPS) && geometry.inputs <= Int(CV_LONGEST_RUN)
      && padding.allSatisfy { $0 >= 0 }
      && geometry.paddedInput.height * geometry.paddedInput.width * geometry.inputs < Int(Int32.max)
  }

  private static func algorithm(for geometry: ConvolutionGeometry) -> Algorithm {
    if geometry.groups == geometry.inputs, geometry.groups == geometry.outputs, geometry.groups > 1 {
      return .depthwise
    }
    if geometry.groups == 1, geometry.kernel == 3, geometry.stride == 1, geometry.dilation == 1,
      geometry.inputs % 16 == 0, geometry.outputs % 16 == 0, geometry.inputs >= 32
    {
      let tiles =
        geometry.batch * ((geometry.output.height + 3) / 4) * ((geometry.output.width + 3) / 4)
      // Four times as many weights must be read: that pays where enough tiles share them.
      let bytes = 36 * geometry.inputs * geometry.outputs * 4
      if tiles >= 12, bytes < 16 << 20 || tiles >= 40 { return .winograd }
    }
    let merges =
      geometry.groups == 1 && geometry.inputs < 16 && geometry.kernel.width > 1
      && geometry.dilation.width == 1
    return .direct(merged: merges)
  }

  private static func bias(
    _ convolution: Convolution, _ affine: (factors: [Float], summands: [Float])?, outputs: Int
  ) -> TensorStorage {
    let storage = TensorStorage(count: outputs + 32)
    storage.base.initialize(repeating: 0, count: outputs + 32)
    let bias = convolution.bias?.values
    for output in 0..<outputs {
      let own = bias?[output] ?? 0
      storage.base[output] = affine.map { own * $0.factors[output] + $0.summands[output] } ?? own
    }
    return storage
  }

  /// Where each tap of each output pixel starts in its picture; empty where pixels simply follow.
  static func offsets(_ geometry: ConvolutionGeometry, _ algorithm: Algorithm) -> [Int32] {
    guard case .direct(let merged) = algorithm else { return [] }
    let simple = geometry.kernel == 1 && geometry.stride == 1 && geometry.padding == 0
    if simple, geometry.groups == 1 { return [] }
    let input = merged ? geometry.paddedInput : geometry.input
    let top = merged ? 0 : geometry.padding.top, left = merged ? 0 : geometry.padding.left
    var offsets: [Int32] = []
    offsets.reserveCapacity(
      geometry.kernel.height * geometry.kernel.width * geometry.output.height * geometry.output.width)
    for ky in 0..<geometry.kernel.height {
      for kx in 0..<(merged ? 1 : geometry.kernel.width) {
        for oy in 0..<geometry.output.height {
          let y = oy * geometry.stride.height - top + ky * geometry.dilation.height
          for ox in 0..<geometry.output.width {
            let x = ox * geometry.stride.width - left + kx * geometry.dilation.width
            let inside = y >= 0 && y < input.height && x >= 0 && x < input.width
            offsets.append(inside ? Int32((y * input.width + x) * geometry.inputs) : -1)
          }
        }
      }
    }
    return offsets
  }
}
