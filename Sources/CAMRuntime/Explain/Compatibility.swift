/// A published implementation whose own choices, right or wrong, can be asked for.
package enum Compatibility: String, Sendable, CaseIterable {
  /// The seven-layer CIFAR-100 notebook: softmax drops, each weighted map cut at zero, then the mean.
  case work001 = "001"
  /// The Keras notebooks with CAM, guided Grad-CAM weights and renormalised Grad-CAM++.
  case work002 = "002"
  /// The Keras Xception notebook: softmax drops, the last channel left ablated, the mean over channels.
  case work003 = "003"
  /// The PyTorch reproduction: sigmoid score against softmax scores, no scaling, bytes that wrap.
  case work004 = "004"
  /// pytorch-grad-cam's choices: min-max scaling, centred principal components, a constant in Grad-CAM++.
  case pytorchGradCAM = "pgc"

  /// What the work reads off the logits; nil where it is the method's own.
  package var score: Score.Kind? {
    switch self {
    case .work001, .work002, .work003, .work004: .softmax
    case .pytorchGradCAM: nil
    }
  }
}
