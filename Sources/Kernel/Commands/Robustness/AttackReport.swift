internal import CAMRuntime
internal import Display

/// One picture before and after an attack.
struct AttackOutcome {
  let image: LoadedImage
  /// The picture as the network sees it.
  let original: Raster
  let result: LoadedImage
  /// The class that the network was to see.
  let toward: Int?
  let before: [Double]
  let after: [Double]
}

/// What an attack did, for people and for programs.
struct AttackReport {
  let model: LoadedModel
  let outcomes: [AttackOutcome]
  let strength: Int
  let steps: Int
  let seconds: Double

  func bundle() throws -> DisplayBundle {
    let panels = outcomes.prefix(8).flatMap { outcome in
      [
        PanelGrid.Panel(
          outcome.original, titles: [PanelGrid.Line(outcome.image.name), line(outcome.before)]),
        PanelGrid.Panel(
          change(outcome), titles: ["the change", PanelGrid.Line("up to \(strength) of 255, enlarged")]),
        PanelGrid.Panel(outcome.result.raster, titles: ["attacked", line(outcome.after)]),
      ]
    }
    let notes = [
      (key: "Software", text: "\(KernelIdentity.implementation) \(KernelIdentity.version)"),
      (key: "Comment", text: text),
    ]
    var grid = PanelGrid(panels, columns: 3)
    grid.wrapping = .rows
    return try .figure(grid, text: text, facts: facts, notes: notes).saying(text)
  }

  private var text: String {
    let rows = outcomes.map { "\($0.image.name): \(words($0.before)) -> \(words($0.after))" }
    let fooled = outcomes.filter { best($0.before).index != best($0.after).index }.count
    let closing =
      "\(model.model.name), epsilon \(strength)/255, \(steps) \(steps == 1 ? "step" : "steps"): "
      + "\(fooled) of \(outcomes.count) \(outcomes.count == 1 ? "picture" : "pictures") taken for something else"
      + reached + ", \(TimeText.text(seconds))"
    return (rows + [closing]).joined(separator: "\n")
  }

  /// How many are taken for what they were to look like.
  private var reached: String {
    guard let goal = outcomes.first?.toward else { return "" }
    let count = outcomes.filter { $0.toward == best($0.after).index }.count
    let name = Set(outcomes.map(\.toward)).count == 1 ? model.className(goal) : "its class"
    return ", \(count) for \(name)"
  }

  private var facts: JSONValue {
    let images = outcomes.map { outcome -> JSONValue in
      [
        "image": .string(outcome.image.name), "before": entry(outcome.before), "after": entry(outcome.after),
        "changed": .bool(best(outcome.before).index != best(outcome.after).index),
        "toward": outcome.toward.map { .integer($0) } ?? .null,
      ]
    }
    return [
      "verb": "attack", "model": .string(model.model.name), "epsilon": .integer(strength),
      "steps": .integer(steps), "seconds": ["method": .number(seconds)], "images": .array(images),
    ]
  }

  private func entry(_ logits: [Double]) -> JSONValue {
    let best = best(logits)
    return [
      "index": .integer(best.index), "name": .string(model.className(best.index)),
      "probability": .number(best.probability),
    ]
  }

  private func line(_ logits: [Double]) -> PanelGrid.Line { PanelGrid.Line(words(logits)) }

  private func words(_ logits: [Double]) -> String {
    let best = best(logits)
    return "\(model.className(best.index)) \(NumberText.text(best.probability * 100, decimals: 1))%"
  }

  private func best(_ logits: [Double]) -> (index: Int, probability: Double) {
    let index = logits.indices.max { logits[$0] < logits[$1] } ?? 0
    guard logits.indices.contains(index) else { return (0, 0) }
    return (index, model.model.probability(of: index, in: logits))
  }

  /// The change with its full range stretched over all levels; grey is none.
  private func change(_ outcome: AttackOutcome) -> Raster {
    var raster = outcome.original
    for place in raster.pixels.indices {
      let change = Int(outcome.result.raster.pixels[place]) - Int(outcome.original.pixels[place])
      raster.pixels[place] = UInt8(min(max(128 + change * 127 / strength, 0), 255))
    }
    return raster
  }
}
