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
  private let noise: Float
  private let seed: UInt64
  private let explain: (Tensor) throws -> SaliencyMap
  private var knownRemoval: (hottest: [Double], coldest: [Double])?
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
  ///   - noise: deviation of what is added to pixels that are filled in from their neighbours, on the network's input.
  ///   - seed: where that noise starts.
  ///   - explain: the map, 0 to 1, of another input for the same class by the same method.
  package init(
    map: SaliencyMap, probe: Probe, classIndex: Int, mask: ExplanationMask = .top20, background: [Float],
    blurs: Bool = true, steps: Int = 28, noise: Float = 0.01, seed: UInt64 = 0,
    explain: @escaping (Tensor) throws -> SaliencyMap
  ) {
    self.map = map
    self.probe = probe
    self.classIndex = classIndex
    self.mask = mask
    self.background = background
    self.blurs = blurs
    self.steps = max(1, min(steps, map.count))
    self.noise = noise
    self.seed = seed
    self.explain = explain
  }

  /// What makes probabilities of the network's scores.
  package var probability: Score.Kind { probe.network.graph.probability }

  /// The score of the whole picture.
  package func value(_ kind: Score.Kind) -> Double { probe.value(of: Score(kind, classIndex: classIndex)) }

  /// The score where only the explanation is seen.
  package func explanationScore(_ kind: Score.Kind) throws -> Double {
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
    try probe.scores(Score(probability, classIndex: classIndex), ofInputs: steps + 1) { step, picture in
      for pixel in order.prefix(reach(of: step)) {
        for channel in background.indices { picture[channel * map.count + pixel] = background[channel] }
      }
    }
  }

  /// Probabilities while the hottest pixels come back.
  func insertionScores() throws -> [Double] {
    let flag = probe.network.options.interrupt
    let start = blurs ? try GaussianBlur(radius: 5, deviation: 5)(probe.input, interrupt: flag).values : nil
    let score = Score(probability, classIndex: classIndex)
    return try probe.scores(score, ofInputs: steps + 1) { step, picture in
      for pixel in order.dropFirst(reach(of: step)) {
        for channel in background.indices {
          let place = channel * map.count + pixel
          picture[place] = start?[place] ?? background[channel]
        }
      }
    }
  }

  /// Probabilities where so many percent of the pixels are filled in from their neighbours: the hottest, and the coldest.
  ///
  /// A map with many equal values loses all of them at once, as in pytorch-grad-cam: what is kept lies below the percentile.
  func removalScores() throws -> (hottest: [Double], coldest: [Double]) {
    if let knownRemoval { return knownRemoval }
    let percentiles = Array(stride(from: 10.0, through: 90, by: 10))
    let cold = map.map { 1 - $0 }
    let fillings = [map, cold].flatMap { heat in
      let sorted = heat.values.sorted()
      return percentiles.map { percent in
        let threshold = sorted.percentileOfSorted(percent)
        return NeighbourImputation(
          height: map.height, width: map.width, missing: heat.values.map { $0 >= threshold })
      }
    }
    let flag = probe.network.options.interrupt
    let score = Score(probability, classIndex: classIndex)
    let scores = try probe.scores(score, ofInputs: fillings.count) { index, picture in
      fill(picture, by: fillings[index], seed: seed &+ UInt64(index), interrupt: flag)
    }
    // A filling that was cut short is no result.
    try flag.check()
    let found = (Array(scores[..<percentiles.count]), Array(scores[percentiles.count...]))
    knownRemoval = found
    return found
  }

  private func fill(
    _ picture: UnsafeMutableBufferPointer<Float>, by filling: NeighbourImputation, seed: UInt64,
    interrupt: InterruptFlag
  ) {
    // A generator for each picture, so that results do not depend on the batch.
    var seeds = SeededGenerator(seed: seed)
    var generator = SeededGenerator(seed: seeds.next())
    for start in stride(from: 0, to: picture.count, by: map.count) {
      let plane = UnsafeMutableBufferPointer(rebasing: picture[start..<start + map.count])
      filling.fill(plane, interrupt: interrupt)
      guard noise > 0 else { continue }
      for pixel in plane.indices where filling.isMissing(pixel) {
        plane[pixel] += noise * Float(generator.normal())
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
