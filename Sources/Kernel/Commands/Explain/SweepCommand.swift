internal import CAMRuntime

/// One method over layers or classes, a panel each.
struct SweepCommand: Command {
  private static let method = Parameter.required(
    "method", ChoiceValue(CAMCatalog.all.map { $0.name }, placeholder: "METHOD", naming: "method"),
    "the method")
  private static let layers = Parameter.list(
    "layers", NameValue(.layer), absent: "the last layer of each resolution",
    "layers or patterns, a panel each")
  private static let classes = Parameter.list(
    "classes", ClassValue(), "classes, a panel each; top5 alone stands for the first five")

  let signature = CommandSignature(
    "sweep", "shows one method over layers or classes", group: .comparing,
    parameters: [method, layers, classes] + MethodOptions.all, givesValue: true,
    examples: ["sweep grad-cam", "sweep ablation-cam classes=top5", "sweep layer-cam layers=layer*"])

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let plan = try ExplanationPlan(call, in: context)
    let method = try plan.method(named: try call[Self.method])
    let words = try call[Self.classes]
    if !words.isEmpty, call.isGiven(Self.layers) {
      throw Diagnostic(
        "unfit-option", "sweep goes over layers or classes, not both", at: call.span(of: Self.classes))
    }
    if words.isEmpty, call.isGiven(MethodOptions.layer) {
      throw Diagnostic(
        "unfit-option", "sweep goes over layers, and layer= is one", at: call.span(of: MethodOptions.layer),
        hints: ["layers= names those that it goes over; with classes= the layer can be chosen"])
    }
    if !words.isEmpty, call.isGiven(MethodOptions.classes) {
      throw Diagnostic(
        "unfit-option", "sweep goes over classes=, and class= is one",
        at: call.span(of: MethodOptions.classes),
        hints: ["leave class= out"])
    }
    var items: [ExplainedImage] = []
    var rows: [String] = []
    let swept = words.isEmpty ? try layers(call, plan) : []
    let ranks = Self.ranks(words, count: plan.model.model.classCount)
    plan.bar.parts = words.isEmpty ? plan.bar.parts * swept.count : plan.images.count * ranks.count
    for image in plan.images {
      if words.isEmpty {
        for choice in try plan.classes(of: image) {
          for layer in swept {
            items.append(try plan.explain(image, choice, by: method, layers: [layer]))
          }
          rows.append(plan.rowHeading(items.suffix(swept.count)))
        }
      } else {
        rows.append(image.name)
        for choice in try plan.classes(of: image, words: ranks) {
          items.append(try plan.explain(image, choice, by: method))
        }
      }
    }
    let captions = items.map { item in
      words.isEmpty
        ? Self.layerName(item)
        : [
          item.isOfNoClass ? item.subject : nil,
          "\(item.isOfNoClass ? item.knownClass : item.signedClassName) \(item.percent)", item.emptiness,
        ].compactMap(\.self).joined(separator: "\n")
    }
    // One row goes on in further bands as suits its panels; several are told apart by what stands at their left.
    let columns = rows.count > 1 ? items.count / rows.count : min(4, items.count)
    let result = PanelResult(
      verb: "sweep", items: items, columns: max(1, columns), rowHeadings: rows.count > 1 ? rows : [],
      captions: captions,
      look: plan.look)
    return try .value(result, in: context)
  }

  /// The layers asked for; without any, the last rectified map of each resolution up to the default layer.
  private func layers(_ call: Call, _ plan: ExplanationPlan) throws -> [NodeID] {
    let words = try call[Self.layers]
    if !words.isEmpty { return try LayerReference(plan.model).layers(of: words) }
    return plan.model.model.stages(atLeast: .max)
  }

  /// The layers of an explanation, and below them their size.
  private static func layerName(_ item: ExplainedImage) -> String {
    let map = item.explanation.map
    return item.explanation.layers.joined(separator: " + ") + "\n"
      + ["\(map.height)x\(map.width)", item.emptiness].compactMap(\.self).joined(separator: ", ")
  }

  /// `top5` alone stands for top1 to top5.
  private static func ranks(_ words: [Word], count: Int) -> [Word] {
    guard words.count == 1, let word = words.first, word.text.lowercased().hasPrefix("top"),
      let most = Int(word.text.dropFirst(3)), most >= 1
    else { return words }
    return (1...min(most, count)).map { Word("top\($0)", word.span) }
  }
}

extension ExplainedImage {
  /// The class's probability in percent.
  fileprivate var percent: String {
    let probability = model.model.probability(of: choice.index, in: explanation.logits)
    return ProbabilityText.text(probability)
  }
}
