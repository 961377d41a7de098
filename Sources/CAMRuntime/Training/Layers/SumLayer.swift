internal import CVector

/// A sum of two values of one shape, perhaps with the rectifier that follows it.
final class SumLayer: TrainingLayer {
  let output: TrainingValue
  private let inputs: [TrainingInput]
  private let isRectified: Bool

  init(inputs: [TrainingInput], output: TrainingValue, isRectified: Bool) {
    self.inputs = inputs
    self.output = output
    self.isRectified = isRectified
  }

  func forward(isTraining: Bool, seed: UInt64) throws {
    let (a, b) = (inputs[0].value, inputs[1].value)
    switch output.format {
    case .float32: cv_join(a.floats, b.floats, output.floats, output.count, isRectified ? 1 : 0)
    case .bfloat16: cv_join_b(a.halves, b.halves, output.halves, output.count, isRectified ? 1 : 0)
    }
  }

  func backward() throws {
    guard let gradient = output.gradient else { return }
    for input in inputs where input.wantsGradient {
      input.value.addGradient { target in
        guard isRectified else { return target.copyMemory(from: gradient, byteCount: output.bytes) }
        switch output.format {
        case .float32: cv_rectifier_gradient(output.floats, gradient.floats, target.floats, output.count)
        case .bfloat16: cv_rectifier_gradient_b(output.halves, gradient.halves, target.halves, output.count)
        }
      }
    }
  }
}

/// A rectifier that could not be joined with what precedes it.
final class RectifierLayer: TrainingLayer {
  let output: TrainingValue
  private let input: TrainingInput

  init(input: TrainingInput, output: TrainingValue) {
    self.input = input
    self.output = output
  }

  func forward(isTraining: Bool, seed: UInt64) throws {
    switch output.format {
    case .float32: cv_unary(Int32(cv_clip), 0, .infinity, input.value.floats, output.floats, output.count)
    case .bfloat16:
      cv_rectifier_gradient_b(input.value.halves, input.value.halves, output.halves, output.count)
    }
  }

  func backward() throws {
    guard let gradient = output.gradient, input.wantsGradient else { return }
    input.value.addGradient { target in
      switch output.format {
      case .float32: cv_rectifier_gradient(output.floats, gradient.floats, target.floats, output.count)
      case .bfloat16: cv_rectifier_gradient_b(output.halves, gradient.halves, target.halves, output.count)
      }
    }
  }
}

/// Dropout: elements are lost by chance in training, nothing happens otherwise.
final class DropoutLayer: TrainingLayer {
  let output: TrainingValue
  private let input: TrainingInput
  private let probability: Float
  private let salt: UInt64
  private var seed: UInt64?

  init(probability: Float, salt: UInt64, input: TrainingInput, output: TrainingValue) {
    self.probability = probability
    self.salt = salt
    self.input = input
    self.output = output
  }

  func forward(isTraining: Bool, seed: UInt64) throws {
    self.seed = isTraining ? seed ^ salt &* 0x9E37_79B9_7F4A_7C15 : nil
    apply(from: input.value.pointer, to: output.pointer)
  }

  func backward() throws {
    guard let gradient = output.gradient, input.wantsGradient else { return }
    input.value.addGradient { apply(from: gradient, to: $0) }
  }

  private func apply(from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer) {
    guard let seed else { return target.copyMemory(from: source, byteCount: output.bytes) }
    switch output.format {
    case .float32: cv_dropout(source.floats, target.floats, output.count, probability, seed)
    case .bfloat16: cv_dropout_b(source.halves, target.halves, output.count, probability, seed)
    }
  }
}
