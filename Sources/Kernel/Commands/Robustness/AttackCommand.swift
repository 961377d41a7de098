internal import CAMRuntime
internal import Display

/// Changes pictures a little so that the network errs: steps along the sign of the loss's gradient.
struct AttackCommand: Command {
  private static let images = Parameter.several(
    "image", ImageNameValue(), "files or kept images; without them the current ones")
  private static let strength = Parameter.option(
    "epsilon", IntegerValue(in: 1...255), default: 2, "the most that a pixel changes, in levels of 255")
  private static let steps = Parameter.option(
    "steps", IntegerValue(in: 1...1000), default: 1,
    "1 is the fast gradient sign method; more follow it again and again")
  private static let away = Parameter.option(
    "class", NameValue(.classLabel, placeholder: "CLASS"), absent: "top1", "the class that is driven away")
  private static let toward = Parameter.option(
    "toward", NameValue(.classLabel, placeholder: "CLASS"), "the class that the network shall see instead")

  let signature = CommandSignature(
    "attack", "changes pictures a little so that the network errs", group: .robustness,
    parameters: [images, strength, steps, away, toward], givesValue: true,
    examples: ["attack", "attack epsilon=4 steps=8 as fooled", "attack toward=goldfish steps=10"],
    details: """
      x' = x + epsilon sign(d loss / d x), rounded to whole levels and kept in 0..255 (Goodfellow et al., Explaining and \
      Harnessing Adversarial Examples, ICLR 2015); with several steps each goes a part of the way and none leaves the \
      range of epsilon (Kurakin et al., 2017). The changed pictures have the network's own size and become the current \
      ones. Where each class has a probability of its own the loss is that class's alone; a network of a single score is \
      driven to the other side of 50%. The figure shows the picture, the change (grey is none), and what became of it.
      """)

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let model = try context.model()
    let images = try context.images(of: call[Self.images]).images
    let strength = try call[Self.strength]
    let steps = try call[Self.steps]
    if call.isGiven(Self.away), call.isGiven(Self.toward) {
      throw Diagnostic(
        "unfit-option", "attack drives a class away or goes toward one, not both",
        at: call.span(of: Self.away))
    }
    let reference = ClassReference(model)
    let watch = Stopwatch()
    let progress = context.progress("attack", total: images.count * steps, unit: "steps")
    defer { progress.finish() }
    var outcomes: [AttackOutcome] = []
    for image in images {
      let toward = try call[Self.toward].map { try Self.index(of: $0, for: image, reference) }
      let own = try call[Self.away].map { try Self.index(of: $0, for: image, reference) }
      let logits = try Blame.on(call.statement.verb.span) { try model.logits(of: image) }
      let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
      // A single score says yes or no: what is driven away is the answer, which a no is driven from by raising the score.
      let isRaised = toward != nil || (own == nil && logits.count == 1 && logits[0] < 0)
      let bridge = model.bridge(for: image)
      let original = try bridge.fitted(image.raster.opaque)
      var changed = original
      for _ in 0..<steps {
        try context.interrupt.check()
        let (gradient, _) = try Blame.on(call.statement.verb.span) {
          try model.network.lossGradient(
            TensorRaster(model.model.preprocessing, crops: false).input(of: changed),
            target: toward ?? own ?? best)
        }
        let level = max(1, (strength + steps - 1) / steps)
        changed = bridge.nudged(
          changed, along: gradient, by: isRaised ? -level : level, within: strength, of: original)
        try progress.advance()
      }
      let result = LoadedImage(
        name: "\(image.name) attacked", raster: changed, format: "epsilon \(strength)", crops: false,
        label: image.label, labelName: image.labelName, labelCount: image.labelCount)
      outcomes.append(
        AttackOutcome(
          image: image, original: original, result: result, toward: toward, away: own, before: logits,
          after: try Blame.on(call.statement.verb.span) { try model.logits(of: result) }))
    }
    let changed = LoadedImages(outcomes.map(\.result))
    context.session.workspace.setCurrent(changed)
    let report = AttackReport(
      model: model, outcomes: outcomes, strength: strength, steps: steps,
      seconds: watch.seconds)
    return CommandResult(value: changed, bundle: try report.bundle())
  }

  /// The class of a word, without what methods mean by a minus.
  private static func index(
    of word: Word, for image: LoadedImage, _ reference: ClassReference
  ) throws -> Int {
    let choice = try reference.choice(of: word, for: image)
    guard !choice.isCounterfactual else {
      throw Diagnostic(
        "unfit-option", "attack takes a class, not what speaks against it", at: word.span,
        hints: ["class= is driven away, toward= is what the network shall see"])
    }
    return choice.index
  }
}
