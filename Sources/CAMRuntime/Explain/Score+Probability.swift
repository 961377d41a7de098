/// What makes probabilities of a network's scores.
extension Graph {
  /// The sigmoid where the network ends in one (each class by itself) or has a single score; else the softmax of all.
  package var probability: Score.Kind {
    endsInSigmoid || self[logits].shape.count == 1 ? .sigmoid : .softmax
  }

  /// Whether the scores stand before a closing sigmoid.
  package var endsInSigmoid: Bool {
    var id = output
    while id != logits, self[id].operation.traits.isIdentity, let source = self[id].inputs.first {
      id = source
    }
    return id != logits && self[id].operation is Sigmoid
  }
}

extension CAMMethod {
  /// What the method explains where a person does not choose; `probability` is how a network's scores become one.
  package static func score(asProbability probability: Score.Kind) -> Score.Kind {
    defaults.score == .softmax ? probability : defaults.score
  }
}
