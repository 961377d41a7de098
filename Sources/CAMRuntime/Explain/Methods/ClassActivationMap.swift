/// The class's weights of the linear layer behind global average pooling.
package struct ClassActivationMap: CAMMethod {
  package static let name = "cam"
  package static let summary = "weights of the linear layer behind global average pooling"
  package static let formula = "map = sum_k W[c,k] A_k   (layer, global average pooling, one linear layer)"
  package static let paper =
    "Zhou et al., Learning Deep Features for Discriminative Localization, CVPR 2016 (arXiv:1512.04150)"
  package static let compatibilities: [Compatibility] = [.work002]
  package static let needs: MethodNeeds = .activations
  package static let disregards: MethodSubjects = .scores

  package init(_ arguments: MethodArguments) throws(ExplainError) {}

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let linear = try probe.tail.pooledLinear()
    let columns = linear.weight.shape[1]
    let weights = linear.weight.withValues { values in
      (0..<columns).map { column in
        Float(score.terms.reduce(0.0) { $0 + $1.weight * Double(values[$1.classIndex * columns + column]) })
      }
    }
    return Attribution(.weights(weights))
  }
}
