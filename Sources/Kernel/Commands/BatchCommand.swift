internal import CAMRuntime
internal import Display
internal import ModelIO

/// Makes some pictures of a data set the current ones, with their true labels.
struct BatchCommand: Command {
  private static let most = 4096

  private static let dataset = Parameter.optional(
    "dataset", NameValue(.dataset, placeholder: "DATASET"), "a kept data set; without it the current one")
  private static let size = Parameter.option(
    "size", IntegerValue(in: 1...most), default: 16, "pictures in a batch")
  private static let count = Parameter.option(
    "count", IntegerValue(in: 1...most), default: 1, "how many batches")
  private static let start = Parameter.option(
    "start", IntegerValue(in: 0 ... .max), default: 0, "the first picture's place in the order")
  private static let shuffle = Parameter.option(
    "shuffle", IntegerValue(in: 0 ... .max, placeholder: "SEED"), absent: "the set's own order",
    "a seed, the same order for the same seed")
  private static let labels = Parameter.list(
    "class", NameValue(.datasetClass, placeholder: "CLASS"), absent: "all",
    "only pictures of these classes: index, name or WordNet identifier")

  let signature = CommandSignature(
    "batch", "takes pictures of a data set", group: .models,
    parameters: [dataset, size, count, start, shuffle, labels], givesValue: true,
    examples: ["batch", "batch size=8 shuffle=7", "batch class=cat,dog start=100 as pets"],
    details: """
      The pictures become the current ones, with their true labels (`class=true`). One that cannot be read is \
      named and skipped, and the next takes its place.
      """)

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let session = context.session
    let dataset =
      if let word = try call[Self.dataset] {
        try session.workspace.value(of: word, as: LoadedDataset.self)
      } else {
        try session.workspace.current(LoadedDataset.self)
      }
    let (wanted, overflow) = try call[Self.size].multipliedReportingOverflow(by: try call[Self.count])
    guard !overflow, wanted <= Self.most else {
      throw Diagnostic(
        "out-of-range", "at most \(Self.most) pictures at a time, not \(wanted)",
        at: call.span(of: Self.count))
    }
    var labels: [Int] = []
    for word in try call[Self.labels] {
      let label = try Self.label(word, dataset.images.classes)
      if !labels.contains(label) { labels.append(label) }
    }
    let seed = try call[Self.shuffle].map { UInt64($0) }
    let order = dataset.images.order(shuffle: seed, classes: labels.isEmpty ? nil : Set(labels))
    let start = try call[Self.start]
    guard start < order.count else {
      throw Diagnostic(
        "out-of-range", "the first picture is \(start), there are \(order.count)",
        at: call.span(of: Self.start))
    }
    let stream = PictureStream(
      dataset.images, order: Array(order[start...]), interrupt: context.interrupt)
    var images: [LoadedImage] = []
    while images.count < wanted, let picture = try stream.next() {
      images.append(
        LoadedImage(
          name: picture.name, raster: picture.raster, format: dataset.label, label: picture.label,
          labelName: picture.label.map { dataset.images.classes.names[$0] },
          labelCount: dataset.images.classes.names.count))
    }
    guard !images.isEmpty else {
      throw Diagnostic(
        "bad-image", "none of the pictures can be read", at: call.statement.verb.span,
        notes: stream.broken.prefix(4).map { "\($0.name): \($0.reason)" })
    }
    let loaded = LoadedImages(images)
    session.workspace.setCurrent(loaded)
    return CommandResult(
      value: loaded,
      bundle: try bundle(
        loaded, of: dataset, from: start, classes: labels, seed: seed, skipped: stream.broken))
  }

  private func bundle(
    _ loaded: LoadedImages, of dataset: LoadedDataset, from start: Int, classes: [Int], seed: UInt64?,
    skipped: [PictureStream.Broken]
  ) throws -> DisplayBundle {
    let names = loaded.images.map { image in
      image.label.map { dataset.images.classes.names[$0] } ?? image.name
    }
    let count = loaded.images.count
    let kinds = classes.map { dataset.images.classes.names[$0] }.joined(separator: ", ")
    let kind = classes.isEmpty ? "" : ", class\(classes.count == 1 ? "" : "es") \(kinds)"
    let order = seed.map { ", shuffled by seed \($0)" } ?? ""
    var text = "\(count) picture\(count == 1 ? "" : "s") of \(dataset.label)\(kind)\(order) from \(start): "
    text += names.prefix(16).joined(separator: ", ")
    if names.count > 16 { text += " and \(names.count - 16) more" }
    if !skipped.isEmpty { text += "\nskipped \(skipped.count) that cannot be read" }
    for broken in skipped.prefix(8) { text += "\n  \(broken.name): \(broken.reason)" }
    let facts: JSONValue = [
      "verb": "batch", "dataset": .string(dataset.images.name), "split": .string(dataset.images.split),
      "start": .integer(start), "class": classes.count == 1 ? .integer(classes[0]) : .null,
      "classes": .array(classes.map { .integer($0) }),
      "shuffle": seed.map { .integer(Int($0)) } ?? .null,
      "names": .array(loaded.images.map { .string($0.name) }),
      "labels": .array(loaded.images.map { $0.label.map { .integer($0) } ?? .null }),
      "skipped": .array(skipped.map { .string($0.name) }),
    ]
    let panels = loaded.images.prefix(16).map { dataset.panel($0.raster, $0.label) }
    return try LoadedDataset.sheet(of: panels, text: text, facts: facts)
  }

  private static func label(_ word: Word, _ classes: ClassList) throws(Diagnostic) -> Int {
    let (text, span) = (word.text, word.span)
    switch classes.find(text) {
    case .one(let index): return index
    case .several(let indices):
      let names = indices.prefix(8).map { "\(classes.names[$0]) (\($0))" }
      throw Diagnostic(
        "ambiguous-class", "'\(text)' may be \(indices.count) classes of \(classes.name)", at: span,
        hints: [names.joined(separator: ", ")])
    case .none:
      var hints: [String] = []
      if let near = Suggestion.nearest(to: text, among: classes.names) {
        hints.append("did you mean '\(near)'?")
      } else if let last = classes.names.indices.last {
        hints.append(
          "it has classes 0 to \(last): " + classes.names.prefix(10).joined(separator: ", ")
            + (classes.names.count > 10 ? ", ..." : ""))
      }
      throw Diagnostic(
        "unknown-class", "there is no class '\(text)' in \(classes.name)", at: span, hints: hints)
    }
  }
}
