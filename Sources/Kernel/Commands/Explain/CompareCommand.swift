internal import CAMRuntime

/// Several methods side by side: one alpha, one scale, times in the captions.
struct CompareCommand: Command {
  private static let methods = Parameter.several(
    "method", ChoiceValue(CAMCatalog.all.map { $0.name }, placeholder: "METHOD", naming: "method"),
    atLeast: 1,
    "the methods, a column each")

  let signature = CommandSignature(
    "compare", "shows several methods side by side", group: .comparing,
    parameters: [methods] + MethodOptions.all, givesValue: true,
    examples: ["compare ablation-cam grad-cam", "compare grad-cam layer-cam eigen-cam class=top2"],
    details:
      "Rows are the pictures and their classes, columns the methods; all panels have one alpha and one scale."
  )

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let plan = try ExplanationPlan(call, in: context)
    let methods = try call[Self.methods].map { try plan.method(named: $0) }
    plan.bar.parts *= methods.count
    var items: [ExplainedImage] = []
    var rows: [String] = []
    for image in plan.images {
      for choice in try plan.classes(of: image) {
        for method in methods { items.append(try plan.explain(image, choice, by: method)) }
        rows.append(plan.rowHeading(items.suffix(methods.count)))
      }
    }
    let result = PanelResult(
      verb: "compare", items: items, columns: methods.count, columnHeadings: methods.map(\.name),
      rowHeadings: rows,
      captions: items.map { item in
        [item.timeText, item.isOfNoClass ? item.subject : nil, item.emptiness].compactMap(\.self)
          .joined(separator: "\n")
      },
      look: plan.look)
    return try .value(result, in: context)
  }
}
