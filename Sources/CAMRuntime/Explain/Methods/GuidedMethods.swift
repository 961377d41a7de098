/// Positive gradients at the picture, through positive rectifiers only.
package struct GuidedBackprop: CAMMethod {
  package static let name = "guided-backprop"
  package static let summary = "gradient at the picture through positive paths only, whatever the layer"
  package static let formula =
    "ds/dx with each rectifier's gradient g replaced by g [x > 0] [g > 0];  map = greatest |ds/dx| over the colours   "
    + "(save what=gradient: ds/dx itself)"
  package static let paper =
    "Springenberg et al., Striving for Simplicity: The All Convolutional Net, ICLR workshops 2015 (arXiv:1412.6806)"
  package static let needs: MethodNeeds = .inputGradient
  package static let disregards: MethodSubjects = .layers
  package static let defaults = MethodDefaults(activation: .none)

  package init(_ arguments: MethodArguments) throws(ExplainError) {}

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let picture = try GuidedPicture.gradient(of: score, in: probe)
    return Attribution(.picture(picture, GuidedPicture.strength(of: picture)))
  }
}

/// Guided backpropagation where Grad-CAM is warm.
package struct GuidedGradCAM: CAMMethod {
  package static let name = "guided-grad-cam"
  package static let summary = "guided-backprop times grad-cam"
  package static let formula =
    "guided-backprop * relu(grad-cam) upsampled   (save what=gradient: signed, colour by colour)"
  package static let paper = GradCAM.paper
  package static let needs: MethodNeeds = [.gradient, .inputGradient]
  package static let defaults = MethodDefaults(activation: .none)
  private let base: GradCAM

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    base = try GradCAM(MethodArguments(for: GradCAM.self))
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    try GuidedPicture.product(with: base.attribution(of: score, in: probe), score: score, probe: probe)
  }
}

/// Guided backpropagation where Ablation-CAM is warm.
package struct GuidedAblationCAM: CAMMethod {
  package static let name = "guided-ablation-cam"
  package static let summary = "guided-backprop times ablation-cam"
  package static let formula =
    "guided-backprop * relu(ablation-cam) upsampled   (save what=gradient: signed, colour by colour)"
  package static let paper = AblationCAM.paper
  package static let compatibilities: [Compatibility] = [.work001, .work003, .work004]
  package static let needs: MethodNeeds = [.tail, .channelDrops, .inputGradient]
  package static let defaults = MethodDefaults(activation: .none)
  package static let parameters = AblationCAM.parameters
  private let base: AblationCAM

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    base = try AblationCAM(arguments)
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    try GuidedPicture.product(with: base.attribution(of: score, in: probe), score: score, probe: probe)
  }
}

/// What the guided methods share.
enum GuidedPicture {
  /// The guided gradient at the picture, `[C, H, W]`.
  static func gradient(of score: Score, in probe: Probe) throws -> Tensor {
    let input = probe.network.graph.input
    let found = try probe.gradients(of: score, at: [input], rule: .guided)
    guard let gradient = found[input] else { throw ExplainError.notBeforeScores(layer: "input") }
    return gradient.reshaped(Shape(Array(probe.input.shape.dimensions.dropFirst())))
  }

  /// A guided gradient times a map, upsampled.
  static func product(with map: Attribution, score: Score, probe: Probe) throws -> Attribution {
    let picture = try gradient(of: score, in: probe)
    let (height, width) = (picture.shape[1], picture.shape[2])
    let scaled = Normalization.max(FinalActivation.relu(map.sum(of: probe.maps)))
      .resized(height: height, width: width)
    let product = picture.withValues { values in
      Tensor(picture.shape) { target in
        for index in target.indices { target[index] = values[index] * scaled.values[index % scaled.count] }
      }
    }
    var result = map
    result.form = .picture(product, strength(of: product))
    return result
  }

  /// The greatest magnitude over the colour channels.
  static func strength(of picture: Tensor) -> SaliencyMap {
    let (height, width) = (picture.shape[1], picture.shape[2])
    var values = [Float](repeating: 0, count: height * width)
    picture.withValues { source in
      for index in source.indices {
        values[index % values.count] = max(values[index % values.count], abs(source[index]))
      }
    }
    return SaliencyMap(height: height, width: width, values: values)
  }
}
