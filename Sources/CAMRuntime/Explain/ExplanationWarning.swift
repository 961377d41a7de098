/// What a person must know to read a map rightly.
package enum ExplanationWarning: Sendable, Hashable {
  /// The map is zero everywhere; the reason says why.
  case allZero(reason: String)
  /// The map has one value everywhere, so that it shows no place.
  case constant(value: Float)
  /// The score is negative and its sign was kept, so that the map shows what speaks against the class.
  case negativeScoreFlipsSigns(score: Double)
  /// The score is not positive; its magnitude was divided by.
  case scoreNotPositive(score: Double)
  /// The mean baseline leaves a globally pooled value as it is.
  case meanBaselineUnderGlobalPooling(layer: String)
  /// The gradients of every channel cancel, so that their means are rounding; they were taken as zero.
  case gradientsCancel(layer: String)
  /// A probability has underflowed to zero.
  case probabilityUnderflow(classIndex: Int)
  /// The score compares the class with others, and there are none.
  case singleClass(kind: Score.Kind)
  /// The layer has a single position.
  case singlePosition(layer: String)
  /// What a person chose and the method does not look at.
  case passedOver(method: String, option: String)
  /// The reference work's own quirk is on.
  case quirk(String)
}

extension ExplanationWarning: CustomStringConvertible {
  /// One line, lower case.
  package var description: String {
    switch self {
    case .allZero(let reason): "the map is zero everywhere: \(reason)"
    case .constant(let value): "the map is \(value) everywhere and shows no place"
    case .negativeScoreFlipsSigns(let score):
      "the score is negative (\(Float(score))) and denominator=literal keeps its sign: the map shows what speaks against the class"
    case .scoreNotPositive(let score):
      "the score is not positive (\(Float(score))); drops were divided by its magnitude"
    case .meanBaselineUnderGlobalPooling(let layer):
      "behind '\(layer)' only means are read, so baseline=mean changes no score and every drop is zero"
    case .gradientsCancel(let layer):
      "behind '\(layer)' each channel's mean is taken out (as instance normalisation does), so the gradients of a channel add up to nothing; layer-cam and hires-cam do not add them up"
    case .probabilityUnderflow(let index):
      "the probability of class \(index) is zero in single precision; use score=logprob or score=logit"
    case .singleClass(let kind):
      "\(kind.rawValue) of a single class is the same for every picture; use score=logit or score=sigmoid"
    case .singlePosition(let layer): "layer '\(layer)' has a single position: its map shows no place"
    case .passedOver(let method, let option):
      "\(option)= changes nothing: the map of \(method) is the same whatever it is"
    case .quirk(let text): "compat: \(text)"
    }
  }
}
