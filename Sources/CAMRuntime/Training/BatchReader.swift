/// Reads pictures in a shuffled order, changes them by chance and writes them as the network's input.
struct BatchReader {
  private let data: any TrainingData
  private let batch: Int
  private let scale: PixelScale
  private let interrupt: InterruptFlag

  init(data: any TrainingData, batch: Int, scale: PixelScale, interrupt: InterruptFlag) {
    self.interrupt = interrupt
    self.data = data
    self.batch = batch
    self.scale = scale
  }

  /// The pictures in the order of an epoch (from 1).
  func order(seed: UInt64, epoch: Int) -> [Int] {
    var generator = SeededGenerator(seed: self.seed(seed, epoch, -1))
    return (0..<data.count).shuffled(using: &generator)
  }

  /// A seed for one thing of a training, far from that of its neighbours.
  func seed(_ seed: UInt64, _ epoch: Int, _ item: Int) -> UInt64 {
    var generator = SeededGenerator(
      seed: seed ^ UInt64(truncatingIfNeeded: epoch) &* 0xD1B5_4A32_D192_ED03
        ^ UInt64(truncatingIfNeeded: item) &* 0xABC9_8388_FB8F_AC03)
    return generator.next()
  }

  /// Writes pictures as `[batch, 3, H, W]` and answers their labels; what the pictures do not fill is zero.
  func fill(
    _ input: UnsafeMutableBufferPointer<Float>, pictures: ArraySlice<Int>, augmentation: Augmentation? = nil,
    seed: UInt64 = 0, epoch: Int = 0
  ) throws -> [Int] {
    let area = data.height * data.width
    var labels: [Int] = []
    labels.reserveCapacity(pictures.count)
    for (row, picture) in pictures.enumerated() {
      try interrupt.check()
      let planes = UnsafeMutableBufferPointer(rebasing: input[(row * 3 * area)..<((row + 1) * 3 * area)])
      let label = try data.read(picture, into: planes)
      guard label >= 0, label < data.classCount else {
        throw TrainingFailure.label(picture: picture, label: label, classes: data.classCount)
      }
      labels.append(label)
      if let augmentation {
        var generator = SeededGenerator(seed: self.seed(seed, epoch, picture))
        augmentation.apply(to: planes, height: data.height, width: data.width, using: &generator)
      }
      for channel in 0..<3 {
        let (factor, summand) = (scale.factors[channel], scale.summands[channel])
        for index in (channel * area)..<((channel + 1) * area) {
          planes[index] = planes[index] * factor + summand
        }
      }
    }
    input[(pictures.count * 3 * area)...].update(repeating: 0)
    return labels
  }
}
