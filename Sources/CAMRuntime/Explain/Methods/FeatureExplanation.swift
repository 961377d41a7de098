import Glibc

/// Positions that stand out of their channel.
package struct FeatureExplanation: CAMMethod {
  package static let name = "fem"
  package static let summary = "positions that stand out of their channel by two deviations"
  package static let formula =
    "mask_k = A_k > mean_k + deviations * std_k;  map = sum_k mean_k mask_k   (form=activation: sum_k mean(mask_k) A_k)"
  package static let paper =
    "Fuad et al., Features Understanding in 3D CNNs for Actions Recognition in Video, IPTA 2020"
  package static let needs: MethodNeeds = .activations
  package static let disregards: MethodSubjects = [.classes, .scores]
  package static let parameters = [
    MethodParameter("deviations", .number(0...100, default: 2), "how many standard deviations stand out"),
    MethodParameter(
      "form", .choice(["mask", "activation"], default: "mask"),
      "masks weighted by means (paper) or maps weighted by the masks' shares (pytorch-grad-cam)"),
  ]
  private let deviations: Double
  private let sumsMasks: Bool

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    deviations = try arguments.number("deviations")
    let isGiven = arguments.values["form"] != nil
    sumsMasks =
      !isGiven && arguments.compatibility == .pytorchGradCAM ? false : try arguments.choice("form") == "mask"
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let maps = probe.maps
    let means = maps.channelMeans
    let squares = maps.reduceChannels { $0 += Double($1) * Double($1) }
    let thresholds = zip(means, squares).map { mean, square in
      mean + deviations * sqrt(max(square / Double(maps.positions) - mean * mean, 0))
    }
    let masks = maps.like { target in
      maps.tensor.withValues { values in
        for index in target.indices {
          target[index] = Double(values[index]) > thresholds[index / maps.positions] ? 1 : 0
        }
      }
    }
    if sumsMasks {
      let weights = means.map { Float($0) }
      return Attribution(.contributions(masks.scaled(by: weights)), weights: weights)
    }
    return Attribution(.weights(masks.channelMeans.map { Float($0) }))
  }
}
