internal import CAMRuntime

/// What a picture's file says about itself: PNG text chunks and a PDF's subject.
package typealias PictureNotes = [(key: String, text: String)]

extension [(key: String, text: String)] {
  /// Adds a note, or its text to the one of the same key.
  mutating func add(_ note: (key: String, text: String)) {
    guard let place = firstIndex(where: { $0.key == note.key }) else { return append(note) }
    if self[place].text != note.text { self[place].text += "; " + note.text }
  }

  /// The program, and what the result says in words.
  package static func notes(_ summary: String) -> PictureNotes {
    [
      (key: "Software", text: "\(KernelIdentity.implementation) \(KernelIdentity.version)"),
      (key: "Comment", text: summary),
    ]
  }

  /// The program, and each thing that the explanations have in common or differ in.
  package static func notes(of items: [ExplainedImage], _ summary: String) -> PictureNotes {
    func every(_ key: String, _ text: (ExplainedImage) -> String) -> (key: String, text: String) {
      var texts: [String] = []
      for item in items where !texts.contains(text(item)) { texts.append(text(item)) }
      return (key: key, text: texts.joined(separator: "; "))
    }
    let about = [
      every("Model") { $0.model.model.name },
      every("Layer") { $0.layerText() },
      every("Class") {
        guard !$0.isOfNoClass else { return "none" }
        return ($0.choice.isCounterfactual ? "-" : "") + "\($0.choice.index) \($0.className)"
      },
      every("Method") { $0.explanation.method },
      every("Score") {
        "\($0.explanation.score.kind.rawValue) \(NumberText.text($0.explanation.scoreValue, significant: 6))"
      },
      every("Image") { $0.image.name },
    ]
    return about + notes(summary)
  }
}
