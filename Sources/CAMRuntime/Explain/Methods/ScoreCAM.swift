import Glibc

/// Channels weighted by the score of the picture seen through them.
package struct ScoreCAM: CAMMethod {
  package static let name = "score-cam"
  package static let summary = "channels weighted by the score of the picture seen through them"
  package static let formula =
    "M_k = A_k upsampled (corner on corner, as pytorch-grad-cam), scaled to 0...1;  "
    + "w_k = softmax over k of s(x * M_k),  map = sum_k w_k A_k"
  package static let paper =
    "Wang et al., Score-CAM: Score-Weighted Visual Explanations for CNNs, CVPR workshops 2020 (arXiv:1910.01279)"
  package static let needs: MethodNeeds = .network

  package init(_ arguments: MethodArguments) throws(ExplainError) {}

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let masks = ActivationMasks(of: probe)
    let scores = try probe.scores(score, ofInputs: masks.distinct.count) { index, picture in
      masks.apply(masks.distinct[index], factor: 1, to: picture)
    }
    return masks.attribution(scores: scores, channels: probe.maps.channels)
  }
}

/// Score-CAM averaged over noisy masks.
package struct SmoothedScoreCAM: CAMMethod {
  package static let name = "ss-cam"
  package static let summary = "score-cam averaged over noisy masks"
  package static let formula =
    "w_k = softmax over k of mean_i s(x * (M_k + N(0, noise)_i)),  map = sum_k w_k A_k"
  package static let paper =
    "Wang et al., SS-CAM: Smoothed Score-CAM for Sharper Visual Feature Localization, 2020 (arXiv:2006.14255)"
  package static let needs: MethodNeeds = .network
  package static let parameters = [
    MethodParameter("samples", .integer(1...1_000, default: 35), "noisy masks for each channel"),
    MethodParameter("noise", .number(0...100, default: 2), "deviation of the noise on the mask"),
  ]
  private let samples: Int
  private let noise: Double
  private let seed: UInt64

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    samples = try arguments.integer("samples")
    noise = try arguments.number("noise")
    seed = arguments.seed
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let masks = ActivationMasks(of: probe)
    // Noise makes even constant channels differ, so every channel is run.
    let channels = Array(0..<probe.maps.channels)
    let pixels = probe.input.shape[2] * probe.input.shape[3]
    var means = [Double](repeating: 0, count: channels.count)
    for sample in 0..<samples {
      let scores = try probe.network.meter.part(sample, of: samples) {
        try probe.scores(score, ofInputs: channels.count) { channel, picture in
          // A generator for each mask, so that results do not depend on the batch.
          var seeds = SeededGenerator(seed: seed &+ UInt64(sample * channels.count + channel))
          var generator = SeededGenerator(seed: seeds.next())
          let offsets = (0..<pixels).map { _ in Float(noise * generator.normal()) }
          masks.apply(channel, factor: 1, offsets: offsets, to: picture)
        }
      }
      for channel in channels { means[channel] += scores[channel] / Double(samples) }
    }
    return masks.attribution(scores: means, of: channels)
  }
}

/// Score-CAM integrated over the strength of the mask.
package struct IntegratedScoreCAM: CAMMethod {
  package static let name = "is-cam"
  package static let summary = "score-cam integrated over the strength of the mask"
  package static let formula =
    "w_k = softmax over k of mean_i s(x * c_i M_k), c_i = (1 + ... + i) / n,  map = sum_k w_k A_k"
  package static let paper =
    "Naidu et al., IS-CAM: Integrated Score-CAM for axiomatic-based explanations, 2020 (arXiv:2010.03023)"
  package static let needs: MethodNeeds = .network
  package static let parameters = [
    MethodParameter("samples", .integer(1...1_000, default: 10), "steps of the integration")
  ]
  private let samples: Int

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    samples = try arguments.integer("samples")
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let masks = ActivationMasks(of: probe)
    var means = [Double](repeating: 0, count: masks.distinct.count)
    var factor = 0.0
    for step in 1...samples {
      factor += Double(step) / Double(samples)
      let strength = Float(factor)
      let scores = try probe.network.meter.part(step - 1, of: samples) {
        try probe.scores(score, ofInputs: masks.distinct.count) { index, picture in
          masks.apply(masks.distinct[index], factor: strength, to: picture)
        }
      }
      for index in means.indices { means[index] += scores[index] / Double(samples) }
    }
    return masks.attribution(scores: means, channels: probe.maps.channels)
  }
}

/// The layer's maps as masks over the picture, each scaled to 0...1.
struct ActivationMasks {
  private let maps: FeatureMaps
  private let rows: LinearTaps
  private let columns: LinearTaps
  /// The first channel of each mask.
  let distinct: [Int]
  /// Where in `distinct` each channel finds its mask.
  private let places: [Int]

  init(of probe: Probe) {
    maps = probe.maps
    rows = LinearTaps(from: maps.height, to: probe.input.shape[2], alignment: .corners)
    columns = LinearTaps(from: maps.width, to: probe.input.shape[3], alignment: .corners)
    var known: [[Float]: Int] = [:]
    var distinct: [Int] = []
    var places: [Int] = []
    for channel in 0..<maps.channels {
      let place = known[Self.shape(of: maps.plane(channel)), default: distinct.count]
      if place == distinct.count {
        known[Self.shape(of: maps.plane(channel))] = place
        distinct.append(channel)
      }
      places.append(place)
    }
    (self.distinct, self.places) = (distinct, places)
  }

  /// What masks of one shape share: the plane from 0 to 1, and nothing for constant planes.
  ///
  /// Channels that see one place only are so alike however strongly they see it. Where the values lie so close that the
  /// mask's small constant counts, it is the plane itself.
  private static func shape(of plane: SaliencyMap) -> [Float] {
    let (low, high) = plane.values.withUnsafeBufferPointer { bounds($0) }
    guard high > low else { return [] }
    guard high - low > 0.01, (high - low).isFinite else { return plane.values }
    return plane.values.map { ($0 - low) / (high - low) }
  }

  /// Multiplies a picture by `factor * mask + offset`.
  func apply(
    _ channel: Int, factor: Float, offsets: [Float]? = nil, to picture: UnsafeMutableBufferPointer<Float>
  ) {
    let pixels = rows.low.count * columns.low.count
    withUnsafeTemporaryAllocation(of: Float.self, capacity: pixels) { mask in
      maps.tensor.withValues { values in
        let plane = UnsafeBufferPointer(
          rebasing: values[channel * maps.positions..<(channel + 1) * maps.positions])
        resample(plane, into: mask, width: maps.width, rows: rows, columns: columns)
      }
      let (low, high) = bounds(UnsafeBufferPointer(mask))
      let scale = factor / (high - low + 1e-8)
      for pixel in 0..<pixels { mask[pixel] = (mask[pixel] - low) * scale }
      if let offsets { for pixel in 0..<pixels { mask[pixel] += offsets[pixel] } }
      for start in stride(from: 0, to: picture.count, by: pixels) {
        for pixel in 0..<pixels { picture[start + pixel] *= mask[pixel] }
      }
    }
  }

  /// Weights from the scores of the distinct masks.
  func attribution(scores: [Double], channels: Int) -> Attribution {
    attribution(scores: places.map { scores[$0] }, of: Array(0..<channels))
  }

  /// Weights from the score of each channel's mask.
  func attribution(scores: [Double], of channels: [Int]) -> Attribution {
    let normalizer = logSumExp(scores)
    return Attribution(.weights(scores.map { Float(exp($0 - normalizer)) }), unitScores: scores)
  }
}

/// The least and the greatest of some values, sixteen at a time.
private func bounds(_ values: UnsafeBufferPointer<Float>) -> (low: Float, high: Float) {
  guard let first = values.first else { return (0, 0) }
  let bytes = UnsafeRawBufferPointer(values)
  var low = SIMD16<Float>(repeating: first)
  var high = low
  var index = 0
  while index + 16 <= values.count {
    let lanes = bytes.loadUnaligned(fromByteOffset: index * 4, as: SIMD16<Float>.self)
    low.replace(with: lanes, where: lanes .< low)
    high.replace(with: lanes, where: lanes .> high)
    index += 16
  }
  var ends = (low: low.min(), high: high.max())
  for value in values[index...] { ends = (min(ends.low, value), max(ends.high, value)) }
  return ends
}
