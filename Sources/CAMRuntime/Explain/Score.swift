import Glibc

/// The number that a method explains: a function of the network's logits.
///
/// `s = sum_t weight_t * f(class_t)`, where f is the logit, the softmax probability, the sigmoid, the logarithm
/// of the softmax probability, or the sum of logit and log-probability. One term of weight 1 is the common case;
/// the counterfactual of a class is one term of weight -1; a difference of classes has several.
package struct Score: Sendable, Hashable {
  /// What is read off the logits.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case logit, softmax, sigmoid, logprob
    /// Logit plus log-probability (ShapleyCAM's ReST score).
    case rest

    /// Whether one class's value depends on the logits of all classes.
    package var needsAllClasses: Bool { self == .softmax || self == .logprob || self == .rest }

    /// The kinds that a person can ask for.
    package static let choices: [Kind] = [.logit, .softmax, .sigmoid, .logprob]
  }

  /// A class and its share in the score.
  package struct Term: Sendable, Hashable {
    /// The index of the class.
    package var classIndex: Int
    /// Its factor.
    package var weight: Double

    /// A class with a factor.
    package init(classIndex: Int, weight: Double) {
      self.classIndex = classIndex
      self.weight = weight
    }
  }

  /// What is read off the logits.
  package var kind: Kind
  /// The classes and their shares.
  package var terms: [Term]

  /// A score of several classes.
  package init(_ kind: Kind, terms: [Term]) {
    self.kind = kind
    self.terms = terms
  }

  /// The score of one class; the counterfactual one is its negative.
  package init(_ kind: Kind, classIndex: Int, isCounterfactual: Bool = false) {
    self.init(kind, terms: [Term(classIndex: classIndex, weight: isCounterfactual ? -1 : 1)])
  }

  /// The class that is explained.
  package var classIndex: Int { terms.first?.classIndex ?? 0 }

  /// Whether what speaks against the class is asked for.
  package var isCounterfactual: Bool { (terms.first?.weight ?? 1) < 0 }

  /// The same terms read in another way.
  package func read(as kind: Kind) -> Score { Score(kind, terms: terms) }

  /// The score of these logits.
  package func value(of logits: [Double]) -> Double {
    let normalizer = kind.needsAllClasses ? logSumExp(logits) : 0
    return terms.reduce(0) { sum, term in
      let logit = logits[term.classIndex]
      let value =
        switch kind {
        case .logit: logit
        case .softmax: exp(logit - normalizer)
        case .sigmoid: logistic(logit)
        case .logprob: logit - normalizer
        case .rest: 2 * logit - normalizer
        }
      return sum + term.weight * value
    }
  }

  /// The score of these logits.
  package func value(of logits: [Float]) -> Double { value(of: logits.map { Double($0) }) }

  /// The derivative of the score with respect to each logit.
  package func gradient(at logits: [Double]) -> [Double] {
    var gradient = [Double](repeating: 0, count: logits.count)
    let normalizer = kind.needsAllClasses ? logSumExp(logits) : 0
    for term in terms {
      let index = term.classIndex
      switch kind {
      case .logit: gradient[index] += term.weight
      case .sigmoid:
        let probability = logistic(logits[index])
        gradient[index] += term.weight * probability * (1 - probability)
      case .softmax:
        let probability = exp(logits[index] - normalizer)
        for other in logits.indices {
          gradient[other] -= term.weight * probability * exp(logits[other] - normalizer)
        }
        gradient[index] += term.weight * probability
      case .logprob, .rest:
        for other in logits.indices { gradient[other] -= term.weight * exp(logits[other] - normalizer) }
        gradient[index] += term.weight * (kind == .rest ? 2 : 1)
      }
    }
    return gradient
  }

  /// The second derivative of the score, a matrix over classes, times a direction.
  package func curvature(at logits: [Double], along direction: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: logits.count)
    guard kind != .logit else { return result }
    let normalizer = logSumExp(logits)
    let probabilities = logits.map { exp($0 - normalizer) }
    let mean = zip(probabilities, direction).reduce(0) { $0 + $1.0 * $1.1 }
    for term in terms {
      let index = term.classIndex
      switch kind {
      case .logit: break
      case .sigmoid:
        let p = logistic(logits[index])
        result[index] += term.weight * p * (1 - p) * (1 - 2 * p) * direction[index]
      case .logprob, .rest:
        for other in logits.indices {
          result[other] -= term.weight * probabilities[other] * (direction[other] - mean)
        }
      case .softmax:
        // grad p_c = p_c (e_c - p); its derivative along d: dp_c (e_c - p) - p_c dp, dp = p (d - mean).
        let change = probabilities[index] * (direction[index] - mean)
        for other in logits.indices {
          let unit = other == index ? 1.0 : 0.0
          result[other] +=
            term.weight
            * (change * (unit - probabilities[other])
              - probabilities[index] * probabilities[other] * (direction[other] - mean))
        }
      }
    }
    return result
  }

  private func logistic(_ logit: Double) -> Double { 1 / (1 + exp(-logit)) }
}

/// The logarithm of the sum of exponentials, without overflow.
func logSumExp(_ values: [Double]) -> Double {
  guard let top = values.max(), top.isFinite else { return values.max() ?? 0 }
  return top + log(values.reduce(0) { $0 + exp($1 - top) })
}
