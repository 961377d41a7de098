import CAMRuntime
import Foundation
import Testing

/// Numbers from PyTorch, made by Tests/Oracle/training.py.
private struct TrainingOracle: Decodable {
  struct Loss: Decodable {
    let smoothing: Double
    let loss: Double
    let gradient: [Float]
  }
  let start: [Float]
  let gradients: [[Float]]
  let optimizers: [String: [[Float]]]
  let oneCycle: [Double]
  let scores: [Float]
  let labels: [Int]
  let losses: [Loss]
  let correct: Int

  static func load() throws -> TrainingOracle {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try JSONDecoder().decode(
      TrainingOracle.self,
      from: Data(contentsOf: tests.appendingPathComponent("Fixtures/training/training.json")))
  }
}

@Suite("training against PyTorch's numbers") struct TrainingOracleTests {
  @Test(
    "optimisers take PyTorch's steps",
    arguments: [
      ("adam", OptimizerSettings(kind: .adam, weightDecay: 0.1)),
      ("adamw", OptimizerSettings(kind: .adamW, weightDecay: 0.1)),
      ("sgd", OptimizerSettings(kind: .sgd, weightDecay: 0.1)),
      ("sgd-plain", OptimizerSettings(kind: .sgd, weightDecay: 0.1, isNesterov: false)),
    ])
  func optimizer(_ name: String, _ settings: OptimizerSettings) throws {
    let oracle = try TrainingOracle.load()
    let wanted = try #require(oracle.optimizers[name])
    var values = oracle.start
    var optimizer = Optimizer(settings, sizes: [values.count])
    for (gradient, expected) in zip(oracle.gradients, wanted) {
      values.withUnsafeMutableBufferPointer { values in
        gradient.withUnsafeBufferPointer { optimizer.step(rate: 0.03, parameters: [(values, $0)]) }
      }
      for (found, expected) in zip(values, expected) { #expect(abs(found - expected) < 2e-6) }
    }
    #expect(optimizer.steps == oracle.gradients.count)
  }

  @Test("the one-cycle schedule is PyTorch's")
  func oneCycle() throws {
    let wanted = try TrainingOracle.load().oneCycle
    for (step, expected) in wanted.enumerated() {
      let rate = LearningSchedule.oneCycle.rate(at: step, of: wanted.count, peak: 0.2)
      #expect(abs(rate - expected) < 1e-12)
    }
  }

  @Test("loss, hits and gradient of the smoothed cross entropy are PyTorch's")
  func crossEntropy() throws {
    let oracle = try TrainingOracle.load()
    for wanted in oracle.losses {
      var gradient = [Float](repeating: 0, count: oracle.scores.count)
      let found = oracle.scores.withUnsafeBufferPointer { scores in
        gradient.withUnsafeMutableBufferPointer {
          CrossEntropy.evaluate(
            scores: scores, classes: 7, labels: oracle.labels, smoothing: wanted.smoothing, gradient: $0)
        }
      }
      #expect(abs(found.loss - wanted.loss) < 1e-5 * wanted.loss)
      #expect(found.correct == oracle.correct)
      for (found, expected) in zip(gradient, wanted.gradient) { #expect(abs(found - expected) < 1e-7) }
    }
  }
}

@Suite("augmentation") struct AugmentationTests {
  private func ramp() -> [Float] { (0..<3 * 8 * 6).map { Float($0) } }

  private func changed(_ augmentation: Augmentation, seed: UInt64) -> [Float] {
    var planes = ramp()
    var generator = SeededGenerator(seed: seed)
    planes.withUnsafeMutableBufferPointer {
      augmentation.apply(to: $0, height: 8, width: 6, using: &generator)
    }
    return planes
  }

  @Test("nothing chosen changes nothing")
  func nothing() { #expect(changed(Augmentation(), seed: 3) == ramp()) }

  @Test("one seed gives one picture, several seeds give several", arguments: Augmentation.Kind.allCases)
  func seeded(_ kind: Augmentation.Kind) {
    let augmentation = Augmentation([kind], height: 8)
    #expect(changed(augmentation, seed: 5) == changed(augmentation, seed: 5))
    let variants = Set((0..<16).map { changed(augmentation, seed: UInt64($0)) })
    #expect(kind == .none ? variants.count == 1 : variants.count > 1)
  }

  @Test("a flip mirrors each row of each plane, half of the time")
  func flip() {
    let mirrored = stride(from: 0, to: 3 * 8 * 6, by: 6).flatMap { start in
      ramp()[start..<start + 6].reversed()
    }
    let found = (0..<200).map { changed(Augmentation([.flip]), seed: UInt64($0)) }
    #expect(found.allSatisfy { $0 == ramp() || $0 == mirrored })
    #expect((60...140).contains(found.filter { $0 == mirrored }.count))
  }

  @Test("a crop moves whole pixels and fills with black")
  func crop() {
    for seed in 0..<40 {
      let found = changed(Augmentation([.crop], height: 8), seed: UInt64(seed))
      let inside = found.indices.filter { found[$0] != 0 }
      let offsets = Set(inside.map { Int(found[$0]) - $0 })
      #expect(offsets.count <= 1)
      if let offset = offsets.first { #expect(abs(offset) <= 7) }
    }
  }

  @Test("a turn by nothing is the picture itself, and turned pictures stay within its range")
  func rotation() {
    var augmentation = Augmentation([.rotation, .shift], height: 8)
    #expect(changed(augmentation, seed: 1).allSatisfy { (0...143).contains($0) })
    augmentation.rotation = 1e-12
    augmentation.shift = 0
    for (found, expected) in zip(changed(augmentation, seed: 1), ramp()) {
      #expect(abs(found - expected) < 1e-3)
    }
  }

  @Test("colour keeps grey pictures grey and bytes within their range")
  func colour() {
    var planes = [Float](repeating: 128, count: 3 * 4)
    var generator = SeededGenerator(seed: 9)
    planes.withUnsafeMutableBufferPointer {
      Augmentation([.colour]).apply(to: $0, height: 2, width: 2, using: &generator)
    }
    #expect(planes.allSatisfy { abs($0 - planes[0]) < 1e-3 && (0...255).contains($0) })
  }

  @Test("erasing paints a square with each plane's mean, whole or cut off at the border, and leaves the rest")
  func erasing() {
    var augmentation = Augmentation([.erase], height: 8)
    augmentation.erasedSide = 3
    let before = (0..<(3 * 64)).map(Float.init)
    var sizes: Set<Int> = []
    for seed in 1...200 {
      var planes = before
      var generator = SeededGenerator(seed: UInt64(seed))
      planes.withUnsafeMutableBufferPointer {
        augmentation.apply(to: $0, height: 8, width: 8, using: &generator)
      }
      let changed = before.indices.filter { planes[$0] != before[$0] }
      for index in changed { #expect(planes[index] == Float(index / 64 * 64) + 31.5) }
      let places = Set(changed.map { $0 % 64 })
      #expect(changed.count == 3 * places.count)
      let rows = Set(places.map { $0 / 8 }), columns = Set(places.map { $0 % 8 })
      #expect(places.count == rows.count * columns.count)
      #expect((2...3).contains(rows.count) && (2...3).contains(columns.count))
      sizes.insert(places.count)
    }
    #expect(sizes == [4, 6, 9])
  }
}
