internal import CVector
import Glibc

/// A max pool that remembers which tap of each window won, so that its gradient needs no second search.
final class MaxPoolLayer: TrainingLayer {
  /// The most taps of a window whose numbers fit into the memory of winners.
  static let mostTaps = 255

  let output: TrainingValue
  private let input: TrainingInput
  private var window: cv_window
  private let taps: UnsafeMutablePointer<UInt8>

  init(operation: MaxPool, input: TrainingInput, output: TrainingValue) {
    self.input = input
    self.output = output
    window = operation.window.loop(input.value.shape, output.shape)
    taps = AlignedMemory.bytes(output.count).assumingMemoryBound(to: UInt8.self)
  }

  deinit { free(taps) }

  func forward(isTraining: Bool, seed: UInt64) throws {
    switch output.format {
    case .float32: cv_max_pool_taps(&window, input.value.floats, output.floats, taps)
    case .bfloat16: cv_max_pool_taps_b(&window, input.value.halves, output.halves, taps)
    }
  }

  func backward() throws {
    guard let gradient = output.gradient, input.wantsGradient else { return }
    input.value.addGradient { target in
      switch output.format {
      case .float32: cv_max_pool_taps_gradient(&window, taps, gradient.floats, target.floats)
      case .bfloat16: cv_max_pool_taps_gradient_b(&window, taps, gradient.halves, target.halves)
      }
    }
  }
}
