package import CAMRuntime
internal import ModelIO

extension NameKind {
  package static let model = NameKind("model")
  package static let image = NameKind("image")
  package static let dataset = NameKind("data set")
  package static let explanation = NameKind("kept explanation")
  package static let layer = NameKind("layer")
  package static let classLabel = NameKind("class")
  /// A class of the data set that a statement names, or of the current one.
  package static let datasetClass = NameKind("class of the data set")
}

/// What `class=` names: one class, or the counterfactual of one.
package struct ClassChoice: Hashable {
  package let index: Int
  package let isCounterfactual: Bool
}

/// What `class=` takes: completion offers names, ranks, and behind a `-` the same for what speaks against them.
struct ClassValue: CellValue {
  let noun = "the name of a \(NameKind.classLabel.noun)"
  let placeholder = "CLASS"
  func read(_ word: Word) throws(Diagnostic) -> Word { word }
  func text(of value: Word) -> String { StringLiteral.written(value.text) }

  func candidates(in scope: CompletionScope) -> [Candidate] {
    let names = scope.names(.classLabel)
    guard scope.prefix.hasPrefix("-") else { return names }
    return names.map { Candidate("-" + $0.text, kind: $0.kind) }
  }
}

/// Finds classes by index, name, wnid, rank or the true label.
package struct ClassReference {
  private let model: LoadedModel

  package init(_ model: LoadedModel) { self.model = model }

  /// The class of a word that needs no picture: an index, a name, a unique beginning of one, or a wnid.
  package static func index(of word: Word, in model: Model) throws(Diagnostic) -> Int {
    if let index = try number(word.text, word, model) { return index }
    return try named(word.text.lowercased(), word, model)
  }

  /// The class of a word.
  ///
  /// - Parameters:
  ///   - word: an index, a name, a unique beginning of one, a wnid, `top1`, `true`, or `-` before any of them.
  ///   - image: the picture whose scores and label `top1` and `true` mean.
  ///   - needs: what will be asked of the picture next.
  /// - Returns: the class.
  /// - Throws: a diagnostic that lists candidates or the nearest name, or what the network reports.
  package func choice(
    of word: Word, for image: LoadedImage, before needs: MethodNeeds = []
  ) throws -> ClassChoice {
    let isCounterfactual = word.text.hasPrefix("-") && word.text.count > 1
    let text = isCounterfactual ? String(word.text.dropFirst()) : word.text
    return ClassChoice(index: try index(of: text, word, image, needs), isCounterfactual: isCounterfactual)
  }

  private func index(
    of text: String, _ word: Word, _ image: LoadedImage, _ needs: MethodNeeds
  ) throws -> Int {
    let wanted = text.lowercased()
    let count = model.model.classCount
    if let index = try Self.number(text, word, model.model) { return index }
    if wanted == "true" {
      guard let label = image.label else {
        throw Diagnostic(
          "unknown-class", "nobody said what '\(image.name)' truly shows", at: word.span,
          hints: ["pictures of a `batch` have true labels"])
      }
      guard let index = model.model.trueClass(of: image) else {
        throw Diagnostic(
          "unknown-class",
          "\(model.model.name) has no class '\(image.labelName ?? String(label))', which '\(image.name)' truly shows",
          at: word.span, hints: ["its classes are not those of the data set"])
      }
      return index
    }
    if wanted.hasPrefix("top"), let rank = Int(wanted.dropFirst(3)) {
      guard (1...count).contains(rank) else {
        throw Diagnostic(
          "unknown-class",
          "there is no rank \(rank): \(model.model.name) has \(count) \(count == 1 ? "class" : "classes")",
          at: word.span,
          hints: [count == 1 ? "the only rank is top1" : "ranks are top1 to top\(count)"])
      }
      let logits = try model.logits(of: image, for: needs)
      return logits.indices.sorted { logits[$0] > logits[$1] }[rank - 1]
    }
    return try Self.named(wanted, word, model.model)
  }

  private static func number(_ text: String, _ word: Word, _ model: Model) throws(Diagnostic) -> Int? {
    guard let index = Int(text) else { return nil }
    guard (0..<model.classCount).contains(index) else {
      let count = model.classCount
      throw Diagnostic(
        "unknown-class",
        "there is no class \(index): \(model.name) has \(count == 1 ? "class 0 only" : "classes 0 to \(count - 1)")",
        at: word.span)
    }
    return index
  }

  /// Names that two classes have in most lists of ImageNet's classes: a bird and a machine, two bathing suits.
  private static let sharedNames = ["crane": [134, 517], "maillot": [638, 639]]

  private static func named(_ wanted: String, _ word: Word, _ model: Model) throws(Diagnostic) -> Int {
    let count = model.classCount
    if let list = ClassList.fitting(count), let index = list.wnids.firstIndex(of: wanted) { return index }
    let names = model.classes.map(Self.folded)
    let folded = Self.folded(wanted)
    let parts = names.map { $0.split(separator: ",").map { Self.folded(String($0)) } }
    var found = names.indices.filter { names[$0] == folded }
    if count == 1000, let twins = Self.sharedNames[folded] { found = twins }
    if found.isEmpty { found = names.indices.filter { parts[$0].contains(folded) } }
    if found.isEmpty, model.classes == ClassList.imagenet.names {
      found = ClassList.imagenetIndices(called: wanted)
    }
    if found.isEmpty { found = names.indices.filter { names[$0].hasPrefix(folded) } }
    if found.isEmpty {
      found = names.indices.filter { index in names[index].split(separator: " ").contains(Substring(folded)) }
    }
    if found.count == 1, let only = found.first { return only }
    guard found.isEmpty else {
      let shown = found.prefix(8).map { "\(model.className($0)) (\($0))" }.joined(separator: ", ")
      throw Diagnostic(
        "ambiguous-class", "'\(word.text)' fits \(found.count) classes", at: word.span,
        hints: [shown + (found.count > 8 ? ", ..." : "")])
    }
    guard !names.isEmpty else {
      throw Diagnostic(
        "unknown-class", "\(model.name) has no class names, '\(word.text)' is no index", at: word.span,
        hints: ["`model ... labels=imagenet` names them"])
    }
    let words = Set(names.flatMap { $0.split(separator: " ").map(String.init) }).sorted()
    throw .unknown(
      "class", word, known: model.classes + words, place: "in \(model.name)",
      more: "Tab completes names")
  }

  /// Lower case, underscores as blanks, no blanks around.
  fileprivate static func folded(_ text: String) -> String {
    text.lowercased().split { $0 == "_" || $0 == " " || $0 == "-" }.joined(separator: " ")
  }
}

extension Model {
  /// The model's class for what a picture truly shows: the one of that name, or of that number where names do not
  /// tell; nil where the model was made for other classes.
  package func trueClass(of image: LoadedImage) -> Int? {
    guard let label = image.label else { return nil }
    if let name = image.labelName.map(ClassReference.folded), !classes.isEmpty {
      if classes.indices.contains(label), ClassReference.folded(classes[label]) == name { return label }
      let named = classes.indices.filter { index in
        let parts = classes[index].split(separator: ",").map { ClassReference.folded(String($0)) }
        return ClassReference.folded(classes[index]) == name || parts.contains(name)
      }
      if named.count == 1 { return named[0] }
    }
    return (image.labelCount ?? classCount) == classCount && label < classCount ? label : nil
  }
}
