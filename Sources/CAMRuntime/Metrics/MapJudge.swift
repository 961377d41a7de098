/// What of a picture counts as the explanation.
package enum ExplanationMask: String, Sendable, CaseIterable {
  /// The hottest fifth of the pixels, as in the Ablation-CAM paper.
  case top20
  case top30
  case top50
  /// Each pixel as strongly as it is hot.
  case soft

  /// The share of the pixels; nil for the soft mask.
  var share: Double? {
    switch self {
    case .top20: 0.2
    case .top30: 0.3
    case .top50: 0.5
    case .soft: nil
    }
  }
}

/// One map of a picture under judgement: what the network says where less of the picture is seen.
///
/// Each score is found once, however many metrics read it.
package final class MapJudge {
  /// The map from 0 to 1 at the size of the network's input.
  package let map: SaliencyMap
  private let probe: Probe
  private let classIndex: Int
  private let mask: ExplanationMask
  private let background: [Float]
  private let blurs: Bool
  private let steps: Int
  private let explain: (Tensor) throws -> SaliencyMap
  private var explanationScores: [Score.Kind: Double] = [:]
  private lazy var order: [Int] = map.values.indices.sorted { (map.values[$1], $0) < (map.values[$0], $1) }

  /// - Parameters:
  ///   - map: 0 to 1, at the size of the network's input.
  ///   - probe: the picture in its network.
  ///   - classIndex: the class that the map explains.
  ///   - mask: what counts as the explanation.
  ///   - background: the network's input, a value a channel, where nothing is seen; black.
  ///   - blurs: whether insertion starts from the blurred picture; else from the background.
  ///   - steps: how many steps deletion and insertion take.
  ///   - explain: the map, 0 to 1, of another input for the same class by the same method.
  package init(
    map: SaliencyMap, probe: Probe, classIndex: Int, mask: ExplanationMask = .top20, background: [Float],
    blurs: Bool = true, steps: Int = 28, explain: @escaping (Tensor) throws -> SaliencyMap
  ) {
    self.map = map
    self.probe = probe
    self.classIndex = classIndex
    self.mask = mask
    self.background = background
    self.blurs = blurs
    self.steps = max(1, min(steps, map.count))
    self.explain = explain
  }

  /// The score of the whole picture.
  func value(_ kind: Score.Kind) -> Double { probe.value(of: Score(kind, classIndex: classIndex)) }

  /// The score where only the explanation is seen.
  func explanationScore(_ kind: Score.Kind) throws -> Double {
    if let known = explanationScores[kind] { return known }
    let weights = self.weights
    let scores = try probe.scores(Score(kind, classIndex: classIndex), ofInputs: 1) { _, picture in
      show(weights, in: picture)
    }
    explanationScores[kind] = scores.first
    return scores.first ?? 0
  }

  /// Probabilities while the hottest pixels turn into the background, from the whole picture on.
  func deletionScores() throws -> [Double] {
    try probe.scores(Score(.softmax, classIndex: classIndex), ofInputs: steps + 1) { step, picture in
      for pixel in order.prefix(reach(of: step)) {
        for channel in background.indices { picture[channel * map.count + pixel] = background[channel] }
      }
    }
  }

  /// Probabilities while the hottest pixels come back.
  func insertionScores() throws -> [Double] {
    let flag = probe.network.options.interrupt
    let start = blurs ? try GaussianBlur(radius: 5, deviation: 5)(probe.input, interrupt: flag).values : nil
    let score = Score(.softmax, classIndex: classIndex)
    return try probe.scores(score, ofInputs: steps + 1) { step, picture in
      for pixel in order.dropFirst(reach(of: step)) {
        for channel in background.indices {
          let place = channel * map.count + pixel
          picture[place] = start?[place] ?? background[channel]
        }
      }
    }
  }

  /// The map of the picture seen through its map.
  func mapOfExplanation() throws -> SaliencyMap {
    let shape = probe.input.shape
    let seen = Tensor(shape) { target in
      probe.input.withValues { _ = target.update(from: $0) }
      show(map.values, in: target)
    }
    return try explain(seen)
  }

  /// The number of pixels that a step has reached.
  private func reach(of step: Int) -> Int { (step * map.count + steps - 1) / steps }

  /// How strongly each pixel of the explanation is seen.
  private var weights: [Float] {
    guard let share = mask.share else { return map.values }
    var weights = [Float](repeating: 0, count: map.count)
    for pixel in order.prefix(Int((share * Double(map.count)).rounded(.up))) { weights[pixel] = 1 }
    return weights
  }

  private func show(_ weights: [Float], in picture: UnsafeMutableBufferPointer<Float>) {
    for channel in background.indices {
      for pixel in 0..<map.count {
        let place = channel * map.count + pixel
        picture[place] = background[channel] + weights[pixel] * (picture[place] - background[channel])
      }
    }
  }
}
