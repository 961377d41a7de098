/// What the picture excites beyond an empty one; no class, no gradient, two passes.
package struct ZeroImageCAM: CAMMethod {
  package static let name = "zero-image-cam"
  package static let summary = "what the picture excites beyond an empty one, whatever the class"
  package static let formula = "map = mean_k relu(A_k - A0_k), A0 = maps of the empty picture"
  package static let paper = "the summary sheet's different approach (reference work 003)"
  package static let compatibilities: [Compatibility] = [.work003]
  package static let needs: MethodNeeds = .network
  package static let disregards: MethodSubjects = [.classes, .scores]
  package static let parameters = [
    MethodParameter(
      "baseline", .choice(["zero", "black", "mean", "blur"], default: "zero"),
      "the empty picture: zeros for the network, black, the mean colour, the picture blurred")
  ]
  private enum Empty: String { case zero, black, mean, blur }
  private let empty: Empty
  private let usesRatio: Bool

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    empty = Empty(rawValue: try arguments.choice("baseline")) ?? .zero
    usesRatio = arguments.compatibility == .work003
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let empty = try probe.sibling(of: emptyPicture(for: probe)).maps
    let channels = Float(probe.maps.channels)
    let excess = probe.maps.combined(with: empty) { value, base in
      if usesRatio {
        // The notebook's form: the relative change times the activation, exact zeros replaced.
        let value = value == 0 ? 1e-7 : value
        return max(value * ((value - base) / value), 0) / channels
      }
      return max(value - base, 0) / channels
    }
    return Attribution(
      .contributions(excess), warnings: usesRatio ? [.quirk("zeros replaced by 1e-7, relative changes")] : [])
  }

  private func emptyPicture(for probe: Probe) throws -> Tensor {
    let shape = probe.input.shape
    let planes = shape[1]
    let size = shape[2] * shape[3]
    switch empty {
    case .zero: return .zeros(shape)
    case .blur:
      return try GaussianBlur(radius: 25, deviation: 50)(
        probe.input, interrupt: probe.network.options.interrupt)
    case .black, .mean:
      let levels = empty == .black ? probe.inputScale.black : probe.inputScale.mean
      return Tensor(shape) { target in
        for index in target.indices { target[index] = levels?[(index / size) % planes] ?? 0 }
      }
    }
  }
}
