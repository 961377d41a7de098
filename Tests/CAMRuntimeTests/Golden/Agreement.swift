import CAMRuntime
import ModelIO

/// How far two tensors are apart, relative to the reference's largest magnitude.
func relativeError(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  var scale: Float = 1e-6, worst: Float = 0
  for (value, reference) in zip(found, expected) {
    scale = max(scale, abs(reference))
    let error = abs(value - reference)
    worst = error.isFinite ? max(worst, error) : .infinity
  }
  return worst / scale
}

/// The length of the difference of two tensors relative to the reference's length.
func distance(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  var difference = 0.0, length = 1e-30
  for (value, reference) in zip(found, expected) {
    difference += Double(value - reference) * Double(value - reference)
    length += Double(reference) * Double(reference)
  }
  return Float((difference / length).squareRoot())
}

extension Tensor {
  /// The tensor of a file.
  init(file raw: RawTensor) { self.init(Shape(raw.shape), values: Array(raw.floats())) }
}
