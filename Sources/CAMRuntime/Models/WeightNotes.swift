internal import ModelIO

/// What a file of weights says about them besides the numbers.
package struct WeightNotes: Sendable, Hashable {
  package var model: String
  /// The names of the classes; empty where there are none.
  package var classes: [String]
  /// What the weights were trained on.
  package var data: String?

  package init(model: String, classes: [String], data: String?) {
    self.model = model
    self.classes = classes
    self.data = data
  }

  /// As a file's metadata.
  package var pairs: [(name: String, value: String)] {
    var pairs = [("camkernel.model", model)]
    if !classes.isEmpty { pairs.append(("camkernel.classes", classes.joined(separator: "\n"))) }
    if let data { pairs.append(("camkernel.data", data)) }
    return pairs
  }

  /// The notes of a file; nil where it has none.
  init?(_ dictionary: StateDictionary) {
    guard let model = dictionary.metadata["camkernel.model"] else { return nil }
    self.init(
      model: model,
      classes: (dictionary.metadata["camkernel.classes"] ?? "").split(separator: "\n").map(String.init),
      data: dictionary.metadata["camkernel.data"])
  }
}
