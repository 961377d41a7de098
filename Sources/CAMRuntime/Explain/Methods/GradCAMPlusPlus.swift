import Glibc

/// Positive gradients, each weighted by a closed form of second and third derivatives.
package struct GradCAMPlusPlus: CAMMethod {
  package static let name = "grad-cam++"
  package static let summary = "positive gradients, weighted by higher derivatives"
  package static let formula =
    "a_kij = g^2 / (2 g^2 + g^3 sum_ab A_kab) where g != 0,  w_k = sum_ij a_kij relu(g_kij),  map = sum_k w_k A_k"
  package static let paper =
    "Chattopadhay et al., Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks, WACV 2018 (arXiv:1710.11063)"
  package static let compatibilities: [Compatibility] = [.work002]
  package static let needs: MethodNeeds = .gradient
  package static let parameters = [
    MethodParameter(
      "epsilon", .number(0...1, default: 0), "added to the denominator (pytorch-grad-cam: 1e-6)")
  ]
  private let epsilon: Double
  private let compatibility: Compatibility?

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    compatibility = arguments.compatibility
    let isGiven = arguments.values["epsilon"] != nil
    epsilon = !isGiven && compatibility == .pytorchGradCAM ? 1e-6 : try arguments.number("epsilon")
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let gradient = try probe.gradient(of: score)
    if compatibility == .work002 {
      return Attribution(
        .weights(Self.renormalized(gradient, maps: probe.maps, score: probe.value(of: score))),
        warnings: [.quirk("alphas divided by their sum twice, gradients times exp(score)")])
    }
    return Attribution(
      .weights(
        Self.weights(squares: gradient, cubes: nil, last: gradient, maps: probe.maps, epsilon: epsilon)))
  }

  /// The weights from gradients; with `cubes`, `squares` holds mean squares and `cubes` mean cubes of them.
  static func weights(
    squares: FeatureMaps, cubes: FeatureMaps?, last: FeatureMaps, maps: FeatureMaps, epsilon: Double
  ) -> [Float] {
    let sums = maps.channelSums
    let positions = maps.positions
    return squares.tensor.withValues { squares in
      last.tensor.withValues { last in
        let cubes = cubes?.tensor.values
        return (0..<maps.channels).map { channel in
          var weight = 0.0
          for index in channel * positions..<(channel + 1) * positions where last[index] > 0 {
            let first = Double(squares[index])
            let second = cubes == nil ? first * first : first
            let third = cubes.map { Double($0[index]) } ?? first * first * first
            let denominator = 2 * second + third * sums[channel] + epsilon
            if second != 0, denominator != 0 { weight += second / denominator * Double(last[index]) }
          }
          return Float(weight)
        }
      }
    }
  }

  private static func renormalized(_ gradient: FeatureMaps, maps: FeatureMaps, score: Double) -> [Float] {
    let factor = exp(score)
    let sums = maps.channelSums
    let positions = maps.positions
    return gradient.tensor.withValues { gradient in
      (0..<maps.channels).map { channel in
        let g = gradient[channel * positions..<(channel + 1) * positions].map { Double($0) }
        var alphas = g.map { g in
          let second = factor * g * g
          let denominator = 2 * second + factor * g * g * g * sums[channel]
          return denominator == 0 ? 0 : second / denominator
        }
        divideBySum(&alphas)
        for index in alphas.indices where g[index] <= 0 { alphas[index] = 0 }
        divideBySum(&alphas)
        return Float(zip(alphas, g).reduce(0) { $0 + $1.0 * factor * max($1.1, 0) })
      }
    }
  }

  private static func divideBySum(_ values: inout [Double]) {
    let sum = values.reduce(0, +)
    if sum != 0 { values = values.map { $0 / sum } }
  }
}
