/// Pictures with labels that a network learns from; reading one may be asked for in any order, from one thread.
package protocol TrainingData: Sendable {
  /// The number of pictures.
  var count: Int { get }
  /// The number of classes that labels count.
  var classCount: Int { get }
  /// The names of the classes; empty where they have none.
  var classNames: [String] { get }
  /// The size of every picture.
  var height: Int { get }
  var width: Int { get }
  /// Writes red, green and blue planes (0 to 255) of a picture and answers its label.
  func read(_ index: Int, into planes: UnsafeMutableBufferPointer<Float>) throws -> Int
}

/// How bytes of a picture become the network's input: v / 255, minus mean, through deviation, by channel.
package struct PixelScale: Sendable, Hashable {
  package let factors: [Float]
  package let summands: [Float]

  /// Mean and deviation on the scale of 0 to 1.
  package init(mean: [Float], deviation: [Float]) {
    factors = deviation.map { 1 / (255 * $0) }
    summands = zip(mean, deviation).map { -$0 / $1 }
  }

  /// Factor and summand of each channel on the scale of 0 to 255.
  package init(factors: [Float], summands: [Float]) {
    self.factors = factors
    self.summands = summands
  }
}
