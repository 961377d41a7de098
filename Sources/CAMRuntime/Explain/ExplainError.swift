/// Why a picture cannot be explained in the way that was asked for.
package enum ExplainError: Error, Equatable {
  /// The layer's value is not maps of a picture.
  case notMaps(layer: String, shape: Shape)
  /// The layer's value does not reach the scores.
  case notBeforeScores(layer: String)
  /// The layer's value is the same for every picture.
  case isConstant(layer: String)
  /// CAM needs the layer, global average pooling and one linear layer, and nothing else.
  case needsGlobalPooling(layer: String, after: String, found: String)
  /// The score is zero, so that a fraction of it has no meaning.
  case scoreIsZero(classIndex: Int)
  /// The probability that a reference work takes fractions of has underflowed.
  case probabilityIsZero(classIndex: Int)
  /// The class is not one of the network's.
  case classOutOfRange(Int, count: Int)
  /// Values that are no numbers.
  case notFinite(what: String, count: Int)
  /// The method combines layers and got too few.
  case tooFewLayers(method: String, needed: Int, found: Int)
  /// A method's parameter has a value that it cannot take.
  case parameter(method: String, name: String, expected: String, found: String)
  /// The reference work has no such quirk for this method.
  case noQuirk(method: String, compatibility: String)
  /// The method works on one picture's map of one layer and this option cannot be combined with it.
  case notCombined(method: String, option: String)
  /// There are fewer classes than the method compares.
  case tooFewClasses(method: String, needed: Int, found: Int)
  /// A channel or a position that the layer does not have.
  case unitOutOfRange(Int, count: Int)
}

extension ExplainError: CustomStringConvertible {
  /// One line that says what was expected and what was found.
  package var description: String {
    switch self {
    case .notMaps(let layer, let shape):
      "layer '\(layer)' yields \(shape); a map needs [1, channels, height, width]"
    case .notBeforeScores(let layer): "layer '\(layer)' does not lead to the scores"
    case .isConstant(let layer): "layer '\(layer)' has the same value for every picture"
    case .needsGlobalPooling(let layer, let place, let found):
      "cam needs '\(layer)', global average pooling and one linear layer that yields the scores; behind '\(place)' stands \(found)"
    case .scoreIsZero(let index):
      "the score of class \(index) is zero, a fraction of it has no meaning; use denominator=abs or weight=drop"
    case .probabilityIsZero(let index):
      "the probability of class \(index) is zero, the fraction of it that compat= asks for has no meaning; without compat= the logit is explained"
    case .classOutOfRange(let index, let count): "there is no class \(index); the network has \(count)"
    case .notFinite(let what, let count):
      "\(what): \(count) \(count == 1 ? "value is" : "values are") NaN or infinite"
    case .tooFewLayers(let method, let needed, let found):
      "\(method) multiplies maps of at least \(needed) layers, found \(found)"
    case .parameter(let method, let name, let expected, let found):
      "\(method): \(name) wants \(expected), found \(found)"
    case .noQuirk(let method, let compatibility): "reference work \(compatibility) has no \(method)"
    case .notCombined(let method, let option): "\(method) cannot be combined with \(option)"
    case .tooFewClasses(let method, let needed, let found):
      "\(method) compares \(needed) classes, the network has \(found)"
    case .unitOutOfRange(let unit, let count): "there is no unit \(unit); the layer has \(count)"
    }
  }
}
