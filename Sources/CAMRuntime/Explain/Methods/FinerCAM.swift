/// What tells a class from those that look most like it.
package struct FinerCAM: CAMMethod {
  package static let name = "finer-cam"
  package static let summary = "what tells the class from those that score most like it"
  package static let formula =
    "grad-cam (or base) of s_c - gamma mean(s_d), d = the classes of the nearest logits"
  package static let paper =
    "Zhang et al., Finer-CAM: Spotting the Difference Reveals Finer Details for Visual Explanation, CVPR 2025 (arXiv:2501.11309)"
  package static let needs: MethodNeeds = .gradient
  package static let parameters = [
    MethodParameter("gamma", .number(0...10, default: 0.6), "the share of the other classes"),
    MethodParameter("others", .integer(1...100, default: 3), "classes that are compared"),
    MethodParameter(
      "base", .choice(bases.map { $0.name }, default: "grad-cam"), "the method that explains the difference"),
  ]
  private static let bases: [any CAMMethod.Type] = [
    GradCAM.self, GradCAMPlusPlus.self, XGradCAM.self, LayerCAM.self, HiResCAM.self, ElementwiseGradCAM.self,
  ]
  private let gamma: Double
  private let others: Int
  private let base: any CAMMethod

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    gamma = try arguments.number("gamma")
    others = try arguments.integer("others")
    let name = try arguments.choice("base")
    let type = Self.bases.first { $0.name == name } ?? GradCAM.self
    base = try type.init(MethodArguments(for: type, seed: arguments.seed))
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let own = score.classIndex
    let logits = probe.logits
    guard logits.count > 1 else {
      throw ExplainError.tooFewClasses(method: Self.name, needed: 2, found: logits.count)
    }
    let nearest = logits.indices.filter { $0 != own }.sorted {
      let (first, second) = (abs(logits[$0] - logits[own]), abs(logits[$1] - logits[own]))
      return first == second ? $0 < $1 : first < second
    }.prefix(others)
    let share = (score.terms.first?.weight ?? 1) * -gamma / Double(nearest.count)
    let difference = Score(
      score.kind, terms: score.terms + nearest.map { Score.Term(classIndex: $0, weight: share) })
    var found = try base.attribution(of: difference, in: probe)
    found.rivals = Array(nearest)
    return found
  }
}
