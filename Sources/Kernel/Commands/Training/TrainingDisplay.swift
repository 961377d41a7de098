internal import CAMRuntime
internal import Display

/// Shows a training while it goes on: a bar with pictures per second and time left, and curves after each epoch.
final class TrainingDisplay {
  private let context: CommandContext
  private let progress: ProgressReporter
  private let identifier: String
  private let name: String
  private var hasCurves = false
  private var done = 0
  private let pictures: Int
  private var hasBegun = false

  init(_ context: CommandContext, name: String, pictures: Int, epochs: Int) {
    self.context = context
    self.name = name
    self.pictures = pictures
    progress = context.progress("train", total: pictures * epochs, unit: "images")
    identifier = "train-\(MonotonicClock.nanoseconds())"
  }

  /// Shows one event.
  func show(_ event: TrainingEvent) throws {
    hasBegun = true
    switch event {
    case .step(let step):
      let reached = (step.epoch - 1) * pictures + step.done * pictures / max(step.steps, 1)
      try progress.advance(by: max(0, reached - done), note: Self.note(step))
      done = max(done, reached)
    case .validating: try progress.advance(by: 0)
    case .epoch(let history, _):
      let bundle = try Self.curves(of: history, name: name)
      if hasCurves {
        context.output.update(bundle, id: identifier)
      } else {
        context.output.display(bundle, id: identifier)
        hasCurves = true
      }
    }
  }

  /// Ends the bar; a training that cannot go on, or has nothing left to do, shows none.
  func finish() {
    if hasBegun { progress.finish() }
  }

  private static func note(_ step: TrainingStep) -> String {
    "epoch \(step.epoch)/\(step.epochs), loss \(NumberText.text(step.loss, significant: 3)), "
      + "accuracy \(percent(step.accuracy))"
  }

  private static func percent(_ share: Double) -> String {
    "\(NumberText.text(share * 100, significant: 3)) %"
  }

  /// Loss and accuracy by epoch, with a line for training and one for validation.
  private static func curves(of history: [EpochRecord], name: String) throws -> DisplayBundle {
    func chart(
      _ title: String, _ own: (EpochRecord) -> Double, _ judged: (EpochRecord) -> Double?
    ) -> LineChart {
      let series = [
        LineChart.Series("training", history.map { (Double($0.epoch), own($0)) }),
        LineChart.Series(
          "validation", history.compactMap { record in judged(record).map { (Double(record.epoch), $0) } }),
      ]
      var chart = LineChart(series.filter { !$0.points.isEmpty })
      chart.title = title
      chart.xName = "epoch"
      chart.countsX = true
      return chart
    }
    var accuracy = chart("accuracy, %", { $0.accuracy * 100 }, { $0.validationAccuracy.map { $0 * 100 } })
    accuracy.leastSpan = 10
    accuracy.yLimits = (0, 100)
    let figure = FigureStack(.horizontal, [chart("loss", \.loss, \.validationLoss), accuracy])
    let picture = try FigureRenderer.picture(of: figure)
    let last = history[history.count - 1]
    var text = "\(name), epoch \(last.epoch): loss \(NumberText.text(last.loss, significant: 4)), "
    text += "accuracy \(percent(last.accuracy))"
    if let accuracy = last.validationAccuracy { text += ", validation \(percent(accuracy))" }
    return DisplayBundle(
      [("text/plain", .string(text)), ("image/png", .string(Base64.text(of: picture.png)))],
      metadata: [
        "image/png": DisplayBundle.pictureNotes(width: picture.width, height: picture.height, alt: text)
      ])
  }

  /// What a training gave, as text and for programs.
  static func result(
    _ outcome: TrainingOutcome, model: Model, on data: String, precision: Precision
  ) throws -> DisplayBundle {
    let seconds = outcome.history.map(\.seconds).reduce(0, +)
    var text =
      "\(model.name) trained on \(data): \(outcome.history.count) \(outcome.history.count == 1 ? "epoch" : "epochs") in \(TimeText.text(seconds))"
    text += outcome.wasInterrupted ? ", stopped before its end" : ""
    if outcome.epochsBefore > 0 {
      text +=
        outcome.epochsBefore == outcome.history.count
        ? ", all of them before: nothing was left to do" : ", \(outcome.epochsBefore) of them before"
    }
    if precision.usable != precision { text += "\ncomputed in \(precision.account)" }
    text += "\nbest epoch \(outcome.bestEpoch): accuracy \(percent(outcome.bestAccuracy))"
    let rows = outcome.history.map { record -> JSONValue in
      [
        "epoch": .integer(record.epoch), "loss": .number(record.loss), "accuracy": .number(record.accuracy),
        "validation_loss": record.validationLoss.map { .number($0) } ?? .null,
        "validation_accuracy": record.validationAccuracy.map { .number($0) } ?? .null,
        "learning_rate": .number(record.learningRate), "seconds": .number(record.seconds),
      ]
    }
    return try .result(
      text,
      facts: [
        "verb": "train", "model": .string(model.name), "dataset": .string(data),
        "precision": .string(precision.usable.rawValue),
        "best_epoch": .integer(outcome.bestEpoch), "best_accuracy": .number(outcome.bestAccuracy),
        "interrupted": .bool(outcome.wasInterrupted), "epochs": .array(rows),
      ])
  }
}

extension TrainingFailure: CellError {
  package func diagnostic(at span: SourceSpan) -> Diagnostic {
    switch self {
    case .classes: Diagnostic("wrong-classes", description, at: span)
    case .input: Diagnostic("wrong-size", description, at: span)
    case .diverged: Diagnostic("diverged", description, at: span)
    case .noPictures, .label: Diagnostic("bad-dataset", description, at: span)
    case .untrainable, .nothingToTrain, .channelOrder: Diagnostic("cannot-train", description, at: span)
    }
  }
}

extension Checkpoint.Failure: CellError {
  package func diagnostic(at span: SourceSpan) -> Diagnostic {
    Diagnostic("cannot-resume", description, at: span)
  }
}
