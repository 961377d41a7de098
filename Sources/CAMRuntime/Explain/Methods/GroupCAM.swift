/// Groups of consecutive channels as masks between the picture and its blur.
package struct GroupCAM: CAMMethod {
  package static let name = "group-cam"
  package static let summary = "groups of channels as masks between the picture and its blur"
  package static let formula =
    "M_g = relu(sum of w_k A_k over group g), values up to their 70th percentile cut, upsampled, scaled to 0...1;  "
    + "e_g = s(x M_g + blur(x) (1 - M_g)) - s(blur(x)),  map = sum_g e_g M_g   (w_k of grad-cam)"
  package static let paper =
    "Zhang et al., Group-CAM: Group Score-Weighted Visual Explanations for Deep Convolutional Networks, 2021 (arXiv:2103.13859)"
  package static let needs: MethodNeeds = [.gradient, .network]
  package static let defaults = MethodDefaults(score: .softmax, normalization: .minmax)
  package static let parameters = [
    MethodParameter("groups", .integer(1...4_096, default: 32), "groups of channels"),
    MethodParameter("percentile", .number(0...100, default: 70), "values up to it are cut in each group"),
  ]
  private let groups: Int
  private let percentile: Double

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    groups = try arguments.integer("groups")
    percentile = try arguments.number("percentile")
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let (height, width) = (probe.input.shape[2], probe.input.shape[3])
    let (weights, warnings) = probe.meanGradients(try probe.gradient(of: score.read(as: .logit)))
    let masks = try self.masks(in: probe, weights).map {
      try probe.network.options.interrupt.check()
      return Normalization.minmax($0.resized(height: height, width: width))
    }
    let blurred = try GaussianBlur(radius: 25, deviation: 50)(
      probe.input, interrupt: probe.network.options.interrupt
    ).values
    let pixels = height * width
    // The last picture is the blurred one, against which the others are measured.
    let scores = try probe.scores(score, ofInputs: masks.count + 1) { index, picture in
      guard index < masks.count else {
        _ = picture.update(from: blurred)
        return
      }
      for start in stride(from: 0, to: picture.count, by: pixels) {
        for pixel in 0..<pixels {
          let share = masks[index].values[pixel]
          picture[start + pixel] = picture[start + pixel] * share + blurred[start + pixel] * (1 - share)
        }
      }
    }
    let base = scores.last ?? 0
    var sums = [Double](repeating: 0, count: pixels)
    for (mask, value) in zip(masks, scores) {
      try probe.network.options.interrupt.check()
      for pixel in 0..<pixels { sums[pixel] += (value - base) * Double(mask.values[pixel]) }
    }
    let map = SaliencyMap(height: height, width: width, values: sums.map { Float($0) })
    return Attribution(.map(map), unitScores: scores.dropLast(), warnings: warnings)
  }

  /// The groups' maps at the layer's size; a group whose map is constant is left out.
  private func masks(in probe: Probe, _ weights: [Double]) throws -> [SaliencyMap] {
    let maps = probe.maps
    let size = (maps.channels + groups - 1) / groups
    return try stride(from: 0, to: maps.channels, by: size).compactMap { start in
      try probe.network.options.interrupt.check()
      let group = start..<min(start + size, maps.channels)
      let sum = maps.weightedSum(weights.enumerated().map { group.contains($0) ? Float($1) : 0 })
      let positive = FinalActivation.relu(sum)
      let threshold = positive.values.percentile(percentile)
      let cut = positive.map { $0 > threshold ? $0 : 0 }
      return cut.isConstant ? nil : cut
    }
  }
}
