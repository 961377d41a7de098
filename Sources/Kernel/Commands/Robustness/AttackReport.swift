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
  /// The class that was named to be driven away.
  let away: Int?
  let before: [Double]
  let after: [Double]

  /// Whether the network sees something else than before: another class, or with a single score the other answer.
  var isFooled: Bool {
    guard before.count == 1, after.count == 1 else { return Self.best(before) != Self.best(after) }
    return (before[0] >= 0) != (after[0] >= 0)
  }

  /// Whether the network sees the class that it was to see.
  var isReached: Bool {
    guard let toward else { return false }
    return after.count == 1 ? after[0] >= 0 : Self.best(after) == toward
  }

  /// The class of the greatest score.
  static func best(_ logits: [Double]) -> Int { logits.indices.max { logits[$0] < logits[$1] } ?? 0 }
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
    let rows = outcomes.map {
      "\($0.image.name): \(words($0.before)) -> \(words($0.after))" + named($0)
    }
    let fooled = outcomes.count(where: \.isFooled)
    let closing =
      "\(model.model.name), epsilon \(strength)/255, \(steps) \(steps == 1 ? "step" : "steps"): "
      + "\(fooled) of \(outcomes.count) \(outcomes.count == 1 ? "picture" : "pictures") taken for something else"
      + reached + ", \(TimeText.text(seconds))"
    return (rows + [closing]).joined(separator: "\n")
  }

  /// What became of a class that was named and that neither answer is.
  private func named(_ outcome: AttackOutcome) -> String {
    guard let index = outcome.toward ?? outcome.away,
      ![AttackOutcome.best(outcome.before), AttackOutcome.best(outcome.after)].contains(index)
    else { return "" }
    return "; \(words(outcome.before, of: index)) -> \(percent(outcome.after, of: index))"
  }

  /// How many are taken for what they were to look like.
  private var reached: String {
    guard let goal = outcomes.first?.toward else { return "" }
    let count = outcomes.count(where: \.isReached)
    let name = Set(outcomes.map(\.toward)).count == 1 ? model.className(goal) : "its class"
    return ", \(count) for \(name)"
  }

  private var facts: JSONValue {
    let images = outcomes.map { outcome -> JSONValue in
      [
        "image": .string(outcome.image.name), "before": entry(outcome.before), "after": entry(outcome.after),
        "changed": .bool(outcome.isFooled),
        "toward": outcome.toward.map { .integer($0) } ?? .null,
      ]
    }
    return [
      "verb": "attack", "model": .string(model.model.name), "epsilon": .integer(strength),
      "steps": .integer(steps), "seconds": ["method": .number(seconds)], "images": .array(images),
    ]
  }

  private func entry(_ logits: [Double]) -> JSONValue {
    let best = AttackOutcome.best(logits)
    return [
      "index": .integer(best), "name": .string(model.className(best)),
      "probability": .number(model.model.probability(of: best, in: logits)),
    ]
  }

  private func line(_ logits: [Double]) -> PanelGrid.Line { PanelGrid.Line(words(logits)) }

  private func words(_ logits: [Double]) -> String { words(logits, of: AttackOutcome.best(logits)) }

  private func words(_ logits: [Double], of index: Int) -> String {
    "\(model.className(index)) \(percent(logits, of: index))"
  }

  private func percent(_ logits: [Double], of index: Int) -> String {
    ProbabilityText.text(model.model.probability(of: index, in: logits))
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
