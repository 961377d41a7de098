/// The extents of a convolution on a given input: all that its primitive depends on.
struct ConvolutionGeometry: Hashable, Sendable {
  var batch: Int
  var inputs: Int
  var outputs: Int
  var groups: Int
  var input: Extent
  var output: Extent
  var kernel: Extent
  var stride: Extent
  var dilation: Extent
  var padding: Padding

  /// What is padded below and behind so that the output has the wanted extent exactly, as oneDNN checks.
  var tightPadding: Padding {
    var tight = padding
    tight.bottom =
      (output.height - 1) * stride.height + (kernel.height - 1) * dilation.height + 1
      - input.height - padding.top
    tight.right =
      (output.width - 1) * stride.width + (kernel.width - 1) * dilation.width + 1
      - input.width - padding.left
    return tight
  }

  /// The input with its padding.
  var paddedInput: Extent {
    Extent(
      input.height + padding.top + max(0, tightPadding.bottom),
      input.width + padding.left + max(0, tightPadding.right))
  }

  var sourceShape: Shape { [batch, inputs, input.height, input.width] }
  var targetShape: Shape { [batch, outputs, output.height, output.width] }
  var weightShape: Shape { [outputs, inputs / groups, kernel.height, kernel.width] }
  /// The weights as oneDNN sees them: groups are an axis.
  var weightExtents: [Int] {
    groups == 1
      ? weightShape.dimensions
      : [groups, outputs / groups, inputs / groups, kernel.height, kernel.width]
  }
}
