internal import CVector

/// A convolution on inputs of one shape by the engine's own loops: packed weights, tap offsets, algorithm.
final class ConvolutionKernel {
  /// How the sums are made.
  enum Algorithm: Hashable {
    /// Products of tiles; with merged taps a row of the window is one run of the padded input.
    case direct(merged: Bool)
    /// Winograd's form on the weights of direct products: F(4x4, 3x3), and what strides of two make of it.
    case winograd
    /// F(2x2, 3x3) on pairs of 16-bit floats.
    case pairedWinograd
    /// One channel at a time.
    case depthwise
  }

  /// As how many entries each of many is computed: about what batches of edits hold.
  static let many = 16

  let algorithm: Algorithm
  let geometry: ConvolutionGeometry
  let packed: [TensorStorage]
  let bias: TensorStorage
  private let offsets: [Int32]
  /// Whether inputs and weights are rounded to 16 bits.
  let halves: Bool
  /// Whether the loops round the pixels that they take: no other pixel reads them too.
  private var roundsOnTheWay: Bool { halves && geometry.kernel == 1 && geometry.padding == 0 }

  /// Whether the loops also take inputs and residuals of 16 bits, and give such results.
  private var takesNarrow: Bool { halves || algorithm == .winograd }

  /// Prepares a convolution whose outputs are then scaled and shifted by `affine`; nil where its window is
  /// larger than the loops take.
  init?(_ convolution: Convolution, then norm: BatchNorm?, on input: Shape, output: Shape, device: Device) {
    let geometry = convolution.geometry(input, output)
    guard Self.takes(geometry) else { return nil }
    self.geometry = geometry
    var crowd = geometry
    if device.isAmongMany { crowd.batch = Self.many }
    algorithm = Self.algorithm(for: crowd, device.precision)
    let affine = norm?.affine
    halves = device.precision == .bfloat16 && Self.takesPairs(geometry, algorithm)
    packed = device.packed(convolution, by: algorithm, norm: norm, affine: affine?.factors, halves: halves)
    bias = Self.bias(convolution, affine, outputs: geometry.outputs)
    offsets = device.offsets(geometry, algorithm, inPairs: halves)
  }

  /// The floats that a run works in: rounded inputs, the input inside its zeros, and what the loops hold.
  var floatsBeside: Int {
    let source = geometry.sourceShape.count
    let rounded = halves && !roundsOnTheWay ? source / 2 + 1 : 0
    switch algorithm {
    case .direct(let merged):
      let width = Self.mergedWidth(geometry, inPairs: halves)
      let padded = geometry.batch * geometry.inputs * geometry.paddedInput.height * width
      return rounded + (merged ? padded + 2 : 0)
    case .winograd:
      var shape = cv_winograd(geometry)
      return rounded + cv_winograd_scratch(&shape)
    case .pairedWinograd:
      var shape = Self.pairedShape(geometry)
      return rounded + cv_paired_winograd_scratch(&shape) / 4 + 1
    case .depthwise: return rounded
    }
  }

  /// The convolved input plus `residual`, cut to a range; for changes of inputs, without what is added to all values.
  ///
  /// Where it `overwrites` the residual, that is gone afterwards.
  func run(
    _ input: Value, residual: Value?, low: Float, high: Float, addsBias: Bool = true, narrows: Bool = false,
    overwrites: Bool = false, on device: Device
  ) -> Value {
    let source = operand(input, on: device)
    let residual = residual.map {
      device.value(takesNarrow ? $0 : device.widened($0), as: .channelsLast)
    }
    let isNarrow = narrows && takesNarrow
    let result = device.allocate(
      geometry.targetShape, narrow: isNarrow, over: overwrites ? residual : nil)
    var finish = cv_finish(
      bias: addsBias ? bias.base : nil, residual: residual?.pointer, low: low, high: high,
      narrow: isNarrow ? 1 : 0, narrow_residual: residual?.isNarrow == true ? 1 : 0)
    switch algorithm {
    case .direct(let merged):
      direct(merged ? padded(source, on: device) : source, result, &finish)
    case .winograd:
      var shape = cv_winograd(geometry, narrow: source.isNarrow)
      let scratch = TensorStorage(count: cv_winograd_scratch(&shape), from: device.pool)
      cv_winograd_run(&shape, source.pointer, packed[0].base, &finish, nil, result.pointer, scratch.base)
    case .pairedWinograd:
      var shape = Self.pairedShape(geometry)
      let scratch = TensorStorage(count: cv_paired_winograd_scratch(&shape) / 4 + 1, from: device.pool)
      cv_paired_winograd_run(
        &shape, source.raw.halves, packed[0].raw.halves, &finish, result.raw, scratch.base)
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
          run: merged ? mergedRun : inputs, outputs: outputs,
          pitch: geometry.outputs, offsets: table.isEmpty ? nil : table.baseAddress,
          whole: geometry.kernel == 1 && geometry.padding == 0 ? 1 : 0,
          pairs: Int32(halves ? (source.isNarrow ? cv_pairs : cv_rounds) : cv_plain)
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

  /// The input as the loops read it; where taps are merged, as it lies.
  private func operand(_ input: Value, on device: Device) -> Value {
    if algorithm == .direct(merged: true) { return device.widened(input) }
    let source = device.value(input, as: .channelsLast)
    guard takesNarrow else { return device.widened(source) }
    return halves && !roundsOnTheWay ? device.narrowed(source) : source
  }

  /// Elements of a row of the window, or pairs of them: the last may reach into the next pixel, with a weight of zero.
  private var mergedRun: Int {
    let run = geometry.kernel.width * geometry.inputs
    return halves ? (run + 1) / 2 : run
  }

  /// The input inside its zeros, so that rows of the window are unbroken runs; behind its end are zeros too.
  private func padded(_ source: Value, on device: Device) -> Value {
    let height = geometry.paddedInput.height, width = Self.mergedWidth(geometry, inPairs: halves)
    let shape: Shape = [geometry.batch, geometry.inputs, height, width]
    let elements = shape.count + 2
    let storage = TensorStorage(count: halves ? (elements + 1) / 2 : elements, from: device.pool)
    var frame = cv_frame(
      batch: geometry.batch, c: geometry.inputs, h: geometry.input.height, w: geometry.input.width,
      height: height, width: width, top: geometry.padding.top, left: geometry.padding.left,
      planes: source.layout == .rowMajor ? 1 : 0, narrow: halves ? 1 : 0)
    cv_frame_run(&frame, source.pointer, storage.base)
    return Value(
      shape: shape, layout: .channelsLast, storage: storage, format: halves ? .bfloat16 : .float32)
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

  /// Whether the loops on pairs of 16-bit floats take a convolution: no pair may lie across two taps, unless taps are
  /// merged and all rows start with a pair.
  private static func takesPairs(_ geometry: ConvolutionGeometry, _ algorithm: Algorithm) -> Bool {
    switch algorithm {
    case .direct(merged: false):
      geometry.groups == 1 && geometry.inputs % 2 == 0 && geometry.inputs >= 16
    case .direct(merged: true): geometry.inputs * geometry.stride.width % 2 == 0
    case .pairedWinograd: true
    case .winograd, .depthwise: false
    }
  }

  private static func pairedShape(_ geometry: ConvolutionGeometry) -> cv_paired_winograd {
    cv_paired_winograd(
      batch: geometry.batch, h: geometry.input.height, w: geometry.input.width, c: geometry.inputs,
      oh: geometry.output.height, ow: geometry.output.width, outputs: geometry.outputs,
      top: geometry.padding.top, left: geometry.padding.left)
  }

  /// The width of the padded input whose taps are merged; an even one where it is read in pairs.
  private static func mergedWidth(_ geometry: ConvolutionGeometry, inPairs: Bool) -> Int {
    let width = geometry.paddedInput.width
    return inPairs ? (width + 1) / 2 * 2 : width
  }

  /// Whether the loops have Winograd's form of a convolution.
  static func takesWinograd(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.groups == 1 && geometry.kernel == 3 && geometry.dilation == 1
      && (geometry.stride == 1 || geometry.stride == 2)
      && geometry.inputs % 16 == 0 && geometry.outputs % 16 == 0
  }

  private static func algorithm(for geometry: ConvolutionGeometry, _ precision: Precision) -> Algorithm {
    if geometry.groups == geometry.inputs, geometry.groups == geometry.outputs, geometry.groups > 1 {
      return .depthwise
    }
    // AMX's products of 16 bits are so much faster that no saving of them pays.
    let isQuick = precision == .bfloat16 && cv_has_amx() != 0
    if !isQuick, takesWinograd(geometry), geometry.inputs >= 32 {
      var pairs = pairedShape(geometry)
      let small = geometry.batch * ((geometry.output.height + 1) / 2) * ((geometry.output.width + 1) / 2)
      if precision == .bfloat16, geometry.stride == 1, small >= 40, cv_paired_winograd_fits(&pairs) != 0 {
        return .pairedWinograd
      }
      // Weights' forms are made on the way: that pays where enough pixels share them.
      let pixels = geometry.batch * geometry.output.height * geometry.output.width
      let isSmall = geometry.inputs * geometry.outputs < 30_000
      switch (precision, geometry.stride == 1) {
      case (.bfloat16, true):
        // Products of 16 bits do twice as much in their time, so that less is to be gained.
        if pixels >= 192, isSmall || pixels >= 640 { return .winograd }
      case (_, true): if pixels >= 40 { return .winograd }
      case (.bfloat16, false): break
      // Fewer products are spared: where a product costs little, that pays for large pictures only.
      case (_, false) where cv_has_wide_products() != 0:
        if geometry.output.height * geometry.output.width >= 3_000, geometry.inputs >= 64 { return .winograd }
      case (_, false): if pixels >= 190, geometry.inputs >= 64 { return .winograd }
      }
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
  static func offsets(_ geometry: ConvolutionGeometry, _ algorithm: Algorithm, inPairs: Bool) -> [Int32] {
    guard case .direct(let merged) = algorithm else { return [] }
    let simple = geometry.kernel == 1 && geometry.stride == 1 && geometry.padding == 0
    if simple, geometry.groups == 1 { return [] }
    let input =
      merged
      ? Extent(geometry.paddedInput.height, mergedWidth(geometry, inPairs: inPairs)) : geometry.input
    let top = merged ? 0 : geometry.padding.top, left = merged ? 0 : geometry.padding.left
    var offsets: [Int32] = []
    let across = merged ? 1 : geometry.kernel.width
    offsets.reserveCapacity(
      geometry.kernel.height * across * geometry.output.height * geometry.output.width)
    for ky in 0..<geometry.kernel.height {
      for kx in 0..<across {
        for oy in 0..<geometry.output.height {
          let y = oy * geometry.stride.height - top + ky * geometry.dilation.height
          for ox in 0..<geometry.output.width {
            let x = ox * geometry.stride.width - left + kx * geometry.dilation.width
            let inside = y >= 0 && y < input.height && x >= 0 && x < input.width
            offsets.append(inside ? Int32((y * input.width + x) * geometry.inputs / (inPairs ? 2 : 1)) : -1)
          }
        }
      }
    }
    return offsets
  }
}

extension cv_winograd {
  init(_ geometry: ConvolutionGeometry, narrow: Bool = false, inPlace: Bool = false) {
    self.init(
      batch: geometry.batch, h: geometry.input.height, w: geometry.input.width, c: geometry.inputs,
      oh: geometry.output.height, ow: geometry.output.width, outputs: geometry.outputs,
      stride: geometry.stride.height, top: geometry.padding.top, left: geometry.padding.left,
      narrow: narrow ? 1 : 0, in_place: inPlace ? 1 : 0)
  }
}
