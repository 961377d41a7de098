package import CAMRuntime
package import Display

/// The options that every method takes.
package enum MethodOptions {
  package static let image = Parameter.list(
    "image", ImageNameValue(), absent: "the current images", "which pictures are explained")
  package static let classes = Parameter.list(
    "class", ClassValue(), absent: "top1",
    "index, name, wnid, top1..., true, or -NAME for what speaks against it")
  package static let layer = Parameter.list(
    "layer", NameValue(.layer), absent: "the model's default layer",
    "where the network is looked at; several are fused")
  package static let score = Parameter.option(
    "score", ChoiceValue(Score.Kind.choices.map(\.rawValue)), absent: "the method's own, mostly logit",
    "what is explained")
  package static let activation = Parameter.option(
    "activation", CaseValue(FinalActivation.self), absent: "the method's own, mostly relu",
    "what is done to the summed map")
  package static let normalize = Parameter.option(
    "normalize", CaseValue(Normalization.self), absent: "the method's own, mostly max",
    "how the map is scaled")
  package static let signed = Parameter.option(
    "signed", SwitchValue(), default: false, "shows both signs, for and against, in a map of two colours")
  package static let smooth = Parameter.option(
    "smooth", CaseValue(Smoothing.self), default: .none,
    "average over mirrored pictures, or the first component")
  package static let colormap = Parameter.option(
    "colormap", SettingCatalog.colormap.kind, absent: "the setting", "the colours of heat")
  package static let alpha = Parameter.option(
    "alpha", SettingCatalog.alpha.kind, absent: "the setting; 0.85 for a mask, 1 for contours",
    "how much heat covers the picture, how dark a mask is, how opaque lines are")
  package static let overlay = Parameter.option(
    "overlay", SettingCatalog.overlay.kind, absent: "the setting",
    "heat blended with the picture, the picture where it is hot, or lines of equal heat")
  package static let level = Parameter.list(
    "level", NumberValue(in: 0...1), absent: "0.5 for a mask, 0.25,0.5,0.75 for contours",
    "where a mask ends or lines run, as shares of the greatest heat")
  package static let colorbar = Parameter.option(
    "colorbar", SwitchValue(), default: false,
    "draws the scale of the heat at the right, its numbers beside it")
  package static let compat = Parameter.option(
    "compat", CaseValue(Compatibility.self),
    "the quirks of a published implementation: Keras notebooks of ablation-cam (001, 003) or grad-cam (002), a PyTorch reproduction (004), pytorch-grad-cam (pgc)"
  )

  /// How heat is drawn.
  package static let drawing: [any ParameterDeclaration] = [colormap, alpha, overlay, level, colorbar]

  /// In the order in which help shows them.
  package static let all: [any ParameterDeclaration] =
    [image, classes, layer, score, activation, normalize, signed, smooth] + drawing + [compat]

  /// The same with a method's own defaults.
  package static func all(for method: any CAMMethod.Type) -> [any ParameterDeclaration] {
    let own = [
      score.info.name: method.defaults.score.rawValue,
      activation.info.name: method.defaults.activation.rawValue,
      normalize.info.name: method.defaults.normalization.rawValue,
    ]
    return all.map { option in own[option.info.name].map { option.info.defaulting(to: $0) } ?? option.info }
  }

  /// What is asked of the explainer.
  package static func request(
    _ method: any CAMMethod, _ call: Call, of model: Model, layers: [NodeID], choice: ClassChoice
  ) throws(Diagnostic) -> ExplanationRequest {
    let isSigned = try call[signed]
    let compatibility = try call[compat]
    let kind =
      try call[score].flatMap(Score.Kind.init) ?? compatibility?.score
      ?? type(of: method).score(asProbability: model.graph.probability)
    return ExplanationRequest(
      method, layers: layers,
      score: Score(kind, classIndex: choice.index, isCounterfactual: choice.isCounterfactual),
      activation: try call[activation] ?? (isSigned ? FinalActivation.none : nil),
      normalization: try call[normalize],
      smoothing: try call[smooth], compatibility: compatibility)
  }
}
