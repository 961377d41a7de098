internal import CVector
import Glibc

/// A batch normalisation, perhaps with the rectifier that follows it.
final class BatchNormLayer: TrainingLayer {
  let output: TrainingValue
  let parameters: [TrainingParameter]
  private let input: TrainingInput
  private let operation: BatchNorm
  private let isRectified: Bool
  private let isTrained: Bool
  private let mean: UnsafeMutableBufferPointer<Float>
  private let deviation: UnsafeMutableBufferPointer<Float>
  private let variance: UnsafeMutableBufferPointer<Float>
  private let partial: UnsafeMutablePointer<Double>
  private let spare: UnsafeMutableBufferPointer<Float>
  private var usedBatch = false

  /// The share of a batch's statistics in the running ones, as in PyTorch.
  private static let share: Float = 0.1

  init(
    node: Node, operation: BatchNorm, input: TrainingInput, output: TrainingValue, isRectified: Bool,
    isTrained: Bool
  ) {
    self.operation = operation
    self.input = input
    self.output = output
    self.isRectified = isRectified
    self.isTrained = isTrained
    parameters = operation.parameters.map {
      TrainingParameter(node: node, parameter: $0, isTrained: isTrained && $0.isTrainable)
    }
    let channels = output.channels
    mean = AlignedMemory.floats(channels)
    deviation = AlignedMemory.floats(channels)
    variance = AlignedMemory.floats(channels)
    spare = AlignedMemory.floats(2 * channels)
    let parts = cv_training_parts(output.rows)
    partial = AlignedMemory.bytes(2 * channels * parts * MemoryLayout<Double>.stride)
      .assumingMemoryBound(to: Double.self)
  }

  deinit {
    for buffer in [mean, deviation, variance, spare] { free(buffer.baseAddress) }
    free(partial)
  }

  private var scale: TrainingParameter { parameters[0] }
  private var shift: TrainingParameter { parameters[1] }
  private var rectified: Int32 { isRectified ? 1 : 0 }

  func forward(isTraining: Bool, seed: UInt64) throws {
    usedBatch = isTraining && isTrained
    if usedBatch { normalizeByBatch() } else { normalizeByRunningStatistics() }
  }

  private func normalizeByBatch() {
    let (rows, channels) = (output.rows, output.channels)
    switch output.format {
    case .float32:
      cv_batch_norm(
        input.value.floats, output.floats, rows, channels, scale.start, shift.start, operation.epsilon,
        rectified,
        mean.baseAddress, deviation.baseAddress, variance.baseAddress, partial)
    case .bfloat16:
      cv_batch_norm_b(
        input.value.halves, output.halves, rows, channels, scale.start, shift.start, operation.epsilon,
        rectified,
        mean.baseAddress, deviation.baseAddress, variance.baseAddress, partial)
    }
    // The running variance is the unbiased one.
    let unbiased = rows > 1 ? Float(rows) / Float(rows - 1) : 1
    let (runningMean, runningVariance) = (parameters[2].values, parameters[3].values)
    for channel in 0..<channels {
      runningMean[channel] += Self.share * (mean[channel] - runningMean[channel])
      runningVariance[channel] += Self.share * (variance[channel] * unbiased - runningVariance[channel])
    }
  }

  private func normalizeByRunningStatistics() {
    let channels = output.channels
    for channel in 0..<channels {
      mean[channel] = parameters[2].values[channel]
      deviation[channel] = 1 / (parameters[3].values[channel] + operation.epsilon).squareRoot()
      spare[channel] = scale.values[channel] * deviation[channel]
      spare[channels + channel] = shift.values[channel] - mean[channel] * spare[channel]
    }
    let factors = spare.baseAddress
    let summands = factors.map { $0 + channels }
    switch output.format {
    case .float32:
      cv_affine_rectified(
        input.value.floats, output.floats, output.rows, channels, factors, summands, rectified)
    case .bfloat16:
      cv_affine_rectified_b(
        input.value.halves, output.halves, output.rows, channels, factors, summands, rectified)
    }
  }

  func backward() throws {
    guard let gradient = output.gradient else { return }
    if usedBatch {
      guard input.wantsGradient else { return slopes(of: gradient, into: nil) }
      input.value.addGradient { slopes(of: gradient, into: $0) }
    } else if input.wantsGradient {
      input.value.addGradient { fixedSlopes(of: gradient, into: $0) }
    }
  }

  private func slopes(of gradient: UnsafeMutableRawPointer, into target: UnsafeMutableRawPointer?) {
    let (rows, channels) = (output.rows, output.channels)
    let dscale = scale.isTrained ? scale.gradientStart : spare.baseAddress
    switch output.format {
    case .float32:
      cv_batch_norm_gradient(
        input.value.floats, gradient.floats, target?.floats, rows, channels, scale.start, shift.start,
        rectified,
        mean.baseAddress, deviation.baseAddress, dscale, shift.gradientStart, partial)
    case .bfloat16:
      cv_batch_norm_gradient_b(
        input.value.halves, gradient.halves, target?.halves, rows, channels, scale.start, shift.start,
        rectified,
        mean.baseAddress, deviation.baseAddress, dscale, shift.gradientStart, partial)
    }
  }

  /// With fixed statistics a normalisation is a factor by channel; `spare` holds it since the forward pass.
  private func fixedSlopes(of gradient: UnsafeMutableRawPointer, into target: UnsafeMutableRawPointer) {
    let channels = output.channels
    let zeros = AlignedMemory.floats(channels)
    defer { free(zeros.baseAddress) }
    switch output.format {
    case .float32:
      if isRectified { cv_rectifier_gradient(output.floats, gradient.floats, target.floats, output.count) }
      cv_affine_rectified(
        isRectified ? target.floats : gradient.floats, target.floats, output.rows, channels,
        spare.baseAddress,
        zeros.baseAddress, 0)
    case .bfloat16:
      if isRectified { cv_rectifier_gradient_b(output.halves, gradient.halves, target.halves, output.count) }
      cv_affine_rectified_b(
        isRectified ? target.halves : gradient.halves, target.halves, output.rows, channels,
        spare.baseAddress,
        zeros.baseAddress, 0)
    }
  }
}
