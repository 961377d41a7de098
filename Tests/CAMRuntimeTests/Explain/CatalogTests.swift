import CAMRuntime
import Testing

@Suite("the catalogue of methods") struct CatalogTests {
  @Test("the language's verbs are all there, once, with formula and paper")
  func verbs() {
    let names = CAMCatalog.all.map { $0.name }
    let verbs = [
      "cam", "grad-cam", "grad-cam++", "smooth-grad-cam++", "xgrad-cam", "layer-cam", "hires-cam",
      "elementwise-grad-cam", "ablation-cam", "spatial-ablation-cam", "zero-image-cam", "score-cam", "ss-cam",
      "is-cam", "group-cam", "recipro-cam", "fast-ablation-cam", "ablation-cam++", "eigen-cam",
      "eigen-grad-cam",
      "kpca-cam", "fem", "full-grad", "shapley-cam", "finer-cam", "refine-cam", "guided-backprop",
      "guided-grad-cam", "guided-ablation-cam", "random-cam",
    ]
    #expect(Set(names) == Set(verbs) && names.count == verbs.count)
    for type in CAMCatalog.all {
      #expect(!type.summary.isEmpty && !type.formula.isEmpty, "\(type.name)")
      #expect(!type.paper.isEmpty, "\(type.name)")
      #expect(CAMCatalog.method(named: type.name.uppercased())?.name == type.name)
    }
  }

  @Test("an option outside its range is refused with what was expected")
  func arguments() throws {
    #expect(
      throws: ExplainError.parameter(
        method: "smooth-grad-cam++", name: "samples", expected: "a whole number from 1 to 1000", found: "0")
    ) {
      try SmoothGradCAMPlusPlus(MethodArguments(for: SmoothGradCAMPlusPlus.self, ["samples": "0"]))
    }
    #expect(throws: ExplainError.self) {
      try AblationCAM(MethodArguments(for: AblationCAM.self, ["baseline": "median"]))
    }
  }

  @Test("every default is one of the option's own values")
  func defaults() throws {
    for type in CAMCatalog.all {
      for parameter in type.parameters {
        #expect(throws: Never.self, "\(type.name) \(parameter.name)") {
          try type.init(MethodArguments(for: type, [parameter.name: parameter.defaultText]))
        }
      }
    }
  }
}
