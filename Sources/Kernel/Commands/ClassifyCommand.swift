internal import CAMRuntime
internal import Display

/// Shows what the current model takes pictures for.
struct ClassifyCommand: Command {
  private static let images = Parameter.several(
    "image", ImageNameValue(), "files or kept images; without them the current ones")
  private static let top = Parameter.option("top", IntegerValue(in: 1...1000), default: 5, "how many classes")

  let signature = CommandSignature(
    "classify", "shows what the current model takes pictures for", group: .models, parameters: [images, top],
    givesValue: true, examples: ["classify", "classify top=3", "classify cat.jpg"])

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let model = try context.model()
    let images = try context.images(of: call[Self.images])
    let top = min(try call[Self.top], model.model.classCount)
    var known = 0
    let start = MonotonicClock.nanoseconds()
    let rows = try images.images.map { image in
      try context.interrupt.check()
      known += model.knows(image) ? 1 : 0
      return Classification.Row(
        image: image, logits: try Blame.on(call.span(of: Self.images)) { try model.logits(of: image) })
    }
    let seconds = Double(MonotonicClock.nanoseconds() - start) / 1e9
    return try .value(
      Classification(model: model, rows: rows, top: top, seconds: seconds, known: known), in: context)
  }
}

/// What a model takes pictures for.
final class Classification: SessionValue {
  static let noun = "classification"

  struct Row {
    let image: LoadedImage
    let logits: [Double]
  }

  /// How many pictures get bars.
  private static let shown = 6

  private let model: LoadedModel
  private let rows: [Row]
  private let top: Int
  private let seconds: Double
  /// How many of the pictures had been looked at, so that they took no pass.
  private let known: Int

  init(model: LoadedModel, rows: [Row], top: Int, seconds: Double, known: Int) {
    self.model = model
    self.rows = rows
    self.top = top
    self.seconds = seconds
    self.known = known
  }

  private var timeText: String {
    let note = known == 0 ? "" : rows.count == 1 ? " (the picture was known)" : " (\(known) of them known)"
    return "\(TimeText.text(seconds)) for \(rows.count) \(rows.count == 1 ? "picture" : "pictures")\(note)"
  }

  var summary: String {
    let names = rows.prefix(4).map { row in
      "\(row.image.name): \(best(row).first.map { "\(model.className($0.index)) \(ProbabilityText.text($0.probability))" } ?? "nothing")"
    }
    return "\(model.model.name) says " + names.joined(separator: "; ") + ", \(timeText)"
  }

  func bundle(with settings: Settings) throws -> DisplayBundle {
    var cells: [[String]] = []
    for row in rows {
      for (rank, class_) in best(row).enumerated() {
        let bar = String(repeating: "█", count: Int((class_.probability * 20).rounded()))
        cells.append([
          rank == 0 ? row.image.name + (row.image.trueName(in: model).map { " (truly \($0))" } ?? "") : "",
          String(rank + 1), model.className(class_.index),
          String(class_.index),
          ProbabilityText.text(class_.probability), NumberText.text(class_.logit, decimals: 2), bar,
        ])
      }
    }
    let caption = "\(model.model.name), \(timeText)"
    let table = DisplayBundle.table(
      ["image", "rank", "class", "index", "probability", "logit", ""], cells, caption: caption)
    // Without HTML: a frontend would show the table alone.
    return try .figure(figure(with: settings), text: table.plainText, facts: facts, notes: notes)
  }

  /// A picture with its bars, for the first pictures.
  func figure(with settings: Settings) -> any Figure {
    let parts = rows.prefix(Self.shown).map { row -> any Figure in
      let bars = best(row).prefix(10).map { class_ in
        BarChart.Bar(
          model.className(class_.index), class_.probability, text: ProbabilityText.text(class_.probability),
          isMarked: model.model.trueClass(of: row.image) == class_.index)
      }
      var chart = BarChart(bars)
      chart.limit = 1
      chart.title = "\(row.image.name), \(model.model.name)"
      let view = PanelGrid.Panel(model.bridge(for: row.image).view(of: row.image.raster, atLeast: 224))
      return FigureStack(.horizontal, [PanelGrid([view], columns: 1, panelWidth: 140), chart])
    }
    return parts.count == 1 ? parts[0] : FigureStack(.vertical, parts)
  }

  var facts: JSONValue {
    let images = rows.map { row -> JSONValue in
      let classes = best(row).map { class_ -> JSONValue in
        [
          "index": .integer(class_.index), "name": .string(model.className(class_.index)),
          "probability": .number(class_.probability), "logit": .number(class_.logit),
        ]
      }
      return [
        "image": .string(row.image.name), "true": row.image.trueFacts(in: model), "classes": .array(classes),
      ]
    }
    return [
      "verb": "classify", "model": .string(model.model.name), "images": .array(images),
      "seconds": ["network": .number(seconds)], "known": .integer(known),
    ]
  }

  private func best(_ row: Row) -> [(index: Int, logit: Double, probability: Double)] {
    let order = row.logits.indices.sorted { (row.logits[$0], $1) > (row.logits[$1], $0) }
    return order.prefix(top).map { ($0, row.logits[$0], model.model.probability(of: $0, in: row.logits)) }
  }
}

extension Classification: FigureValue, SavableValue, FactualValue {
  var partNames: [String] { ["logits"] }

  func part(_ name: String, with settings: Settings) throws -> SavedPart {
    .array(
      shape: [rows.count, rows.first?.logits.count ?? 0], values: rows.flatMap { $0.logits.map(Float.init) })
  }
}
