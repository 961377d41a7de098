/// Height and width of a picture.
package struct ImageSize: Sendable, Hashable, CustomStringConvertible {
  package var height: Int
  package var width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  package init(square side: Int) { self.init(height: side, width: side) }

  package var description: String { height == width ? "\(height)" : "\(height)x\(width)" }
}

/// How a picture becomes a network's input: a description; the kernel's `Preprocessor` carries it out.
///
/// Fit the picture to `size` by `fit`, order the channels, then for each value v of 0...255:
/// (v / divisor - mean) / deviation.
package struct Preprocessing: Sendable, Hashable {
  /// The rule by which pixels are resampled, Pillow's in each case.
  package enum Filter: String, Sendable, CaseIterable {
    case nearest, bilinear, bicubic, box, hamming, lanczos
  }

  /// How a picture of any size gets the network's size.
  package enum Fit: Sendable, Hashable {
    /// Resize the shorter side to this many pixels, keeping the proportions (torchvision's rounding), then cut the
    /// middle out.
    case shorterSide(Int)
    /// Cut the middle square of this share of the shorter side out, then resize it.
    case centralShare(numerator: Int, denominator: Int)
    /// Resize both sides, whatever the proportions.
    case stretch
    /// The picture must have the size already.
    case exact
  }

  package enum ChannelOrder: String, Sendable {
    case rgb, bgr, grey

    package var count: Int { self == .grey ? 1 : 3 }
  }

  package var size: ImageSize
  package var fit: Fit
  package var filter: Filter
  package var order: ChannelOrder
  package var divisor: Float
  /// One value for each channel, in the network's order.
  package var mean: [Float]
  package var deviation: [Float]

  package init(
    size: ImageSize, fit: Fit, filter: Filter, order: ChannelOrder = .rgb, divisor: Float = 255,
    mean: [Float] = [0, 0, 0], deviation: [Float] = [1, 1, 1]
  ) {
    self.size = size
    self.fit = fit
    self.filter = filter
    self.order = order
    self.divisor = divisor
    self.mean = mean
    self.deviation = deviation
  }
}

extension Preprocessing {
  /// Changes the size; the shorter side before the cut grows in proportion.
  package mutating func resize(to size: ImageSize) {
    if case .shorterSide(let side) = fit, self.size != size {
      let old = min(self.size.height, self.size.width)
      fit = .shorterSide((side * max(size.height, size.width) + old / 2) / max(old, 1))
    }
    self.size = size
  }

  private static let imageNetMean: [Float] = [0.485, 0.456, 0.406]
  private static let imageNetDeviation: [Float] = [0.229, 0.224, 0.225]

  /// torchvision's: shorter side to 256/224 of the size, centre cut, ImageNet's mean and deviation.
  package static func torchvision(
    _ side: Int = 224, shorterSide: Int = 256, filter: Filter = .bilinear
  ) -> Preprocessing {
    Preprocessing(
      size: ImageSize(square: side), fit: .shorterSide(shorterSide), filter: filter, mean: imageNetMean,
      deviation: imageNetDeviation)
  }

  /// Keras' mode "tf": v / 127.5 - 1, stretched by nearest neighbours as `load_img` does.
  package static func kerasTF(_ side: Int) -> Preprocessing {
    Preprocessing(
      size: ImageSize(square: side), fit: .stretch, filter: .nearest, divisor: 127.5, mean: [1, 1, 1])
  }

  /// Keras' mode "caffe": blue, green, red, each minus its ImageNet mean.
  package static func kerasCaffe(_ side: Int) -> Preprocessing {
    Preprocessing(
      size: ImageSize(square: side), fit: .stretch, filter: .nearest, order: .bgr, divisor: 1,
      mean: [103.939, 116.779, 123.68])
  }

  /// Mean and deviation one half: -1...1.
  package static func halves(_ side: Int, fit: Fit, filter: Filter) -> Preprocessing {
    Preprocessing(
      size: ImageSize(square: side), fit: fit, filter: filter, mean: [0.5, 0.5, 0.5],
      deviation: [0.5, 0.5, 0.5])
  }

  /// EfficientNet-Lite's: the middle 224/256, bicubic, (v - 127) / 128.
  package static func efficientNetLite(_ side: Int = 224) -> Preprocessing {
    Preprocessing(
      size: ImageSize(square: side), fit: .centralShare(numerator: side, denominator: side + 32),
      filter: .bicubic, divisor: 1, mean: [127, 127, 127], deviation: [128, 128, 128])
  }

  /// CIFAR-10's mean and deviation at 32x32.
  package static let cifar10 = Preprocessing(
    size: ImageSize(square: 32), fit: .shorterSide(32), filter: .bilinear, mean: [0.4914, 0.4822, 0.4465],
    deviation: [0.2470, 0.2435, 0.2616])

  /// The reference works' 32x32 nets: raw values 0...255, stretched by nearest neighbours.
  package static let raw32 = Preprocessing(
    size: ImageSize(square: 32), fit: .stretch, filter: .nearest, divisor: 1)
}

extension Preprocessing: CustomStringConvertible {
  /// One line for a model's summary.
  package var description: String {
    let fitting =
      switch fit {
      case .shorterSide(let side): "shorter side to \(side) (\(filter.rawValue)), centre \(size)"
      case .centralShare(let part, let whole):
        "centre \(part)/\(whole), resized to \(size) (\(filter.rawValue))"
      case .stretch: "stretched to \(size) (\(filter.rawValue))"
      case .exact: "\(size) as it is"
      }
    return "\(fitting), \(order.rawValue), \(scaling)"
  }

  private var scaling: String {
    let value = divisor == 1 ? "v" : "v/\(text(divisor))"
    let shift = mean.allSatisfy { $0 == 0 } ? value : "\(value) - \(list(mean))"
    if deviation.allSatisfy({ $0 == 1 }) { return shift }
    return "(\(shift)) / \(list(deviation))"
  }

  private func list(_ values: [Float]) -> String {
    Set(values).count == 1 ? text(values[0]) : "[" + values.map(text).joined(separator: " ") + "]"
  }

  private func text(_ value: Float) -> String {
    value == value.rounded() && abs(value) < 1e6 ? String(Int(value)) : String(value)
  }
}
