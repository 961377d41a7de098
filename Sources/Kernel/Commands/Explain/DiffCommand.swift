internal import CAMRuntime
internal import Display

/// Two explanations against each other: their signed difference and their correlation.
struct DiffCommand: Command {
  private static let first = Parameter.required("first", NameValue(.value, placeholder: "A"), "a kept result")
  private static let second = Parameter.required("second", NameValue(.value, placeholder: "B"), "another one")

  let signature = CommandSignature(
    "diff", "shows where two explanations differ", group: .comparing, parameters: [first, second],
    givesValue: true, examples: ["diff mine theirs"],
    details:
      "Both maps are scaled, brought to the larger one's size and subtracted; the correlation is Pearson's.")

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let left = try item(try call[Self.first], context)
    let right = try item(try call[Self.second], context)
    return try .value(MapDifference(left, right), in: context)
  }

  private func item(_ word: Word, _ context: CommandContext) throws -> ExplainedImage {
    let result = try context.session.workspace.value(of: word, as: ExplanationResult.self)
    guard let item = result.items.first, result.items.count == 1 else {
      throw Diagnostic(
        "several-results", "'\(word.text)' holds \(result.items.count) explanations, diff takes one",
        at: word.span)
    }
    return item
  }
}

/// The difference of two explanations.
struct MapDifference: SessionValue {
  static let noun = "difference"
  /// A difference of maps that end at one gets full colour from here on.
  private static let leastReach = 0.05
  private let left: ExplainedImage
  private let right: ExplainedImage
  let map: SaliencyMap
  let correlation: Double?

  init(_ left: ExplainedImage, _ right: ExplainedImage) {
    self.left = left
    self.right = right
    let height = max(left.explanation.map.height, right.explanation.map.height)
    let width = max(left.explanation.map.width, right.explanation.map.width)
    let first = Normalization.max(left.explanation.map).resized(height: height, width: width)
    let second = Normalization.max(right.explanation.map).resized(height: height, width: width)
    map = first.combined(with: second, -)
    correlation = first.correlation(with: second)
  }

  var summary: String {
    let text = correlation.map { NumberText.text($0, decimals: 4) } ?? "undefined, one map is constant"
    return "correlation \(text), greatest difference \(NumberText.text(greatest, decimals: 4))"
  }

  private var greatest: Double { Double(map.values.reduce(Float(0)) { max($0, abs($1)) }) }

  func bundle(with settings: Settings) throws -> DisplayBundle {
    let view = left.model.bridge(for: left.image).view(of: left.image.raster)
    // Differences that nobody would call any stay without colour.
    let reach = Float(max(greatest, Self.leastReach))
    let heat = TensorRaster.plane(of: map.resized(height: view.height, width: view.width))
      .scaled(from: -reach, to: reach)
    let picture = Overlay.blend(view, heat, map: ColormapCatalog.signedStandard, alpha: 0.6)
    let colours = greatest > 0 ? "; red: A is greater, blue: B" : ""
    let text = ["A  \(left.text)", "B  \(right.text)", "A - B: \(summary)\(colours)"].joined(separator: "\n")
    return try .result(
      text, picture: picture,
      facts: [
        "verb": "diff", "correlation": correlation.map { .number($0) } ?? .null,
        "greatest_difference": .number(greatest), "a": left.facts,
        "b": right.facts,
      ]
    ).saying(text)
  }
}
