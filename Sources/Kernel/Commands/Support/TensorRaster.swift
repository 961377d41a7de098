package import CAMRuntime
package import Display

/// The only bridge between tensors and pictures: a picture becomes a network's input, a map becomes a field of heat.
package struct TensorRaster: Sendable {
  private let preprocessing: Preprocessing

  /// - Parameters:
  ///   - preprocessing: the network's own.
  ///   - crops: false fits the whole picture into the input, whatever its proportions.
  package init(_ preprocessing: Preprocessing, crops: Bool = true) {
    var preprocessing = preprocessing
    if !crops { preprocessing.fit = .stretch }
    self.preprocessing = preprocessing
  }

  /// The network's input `[1, C, H, W]` for a picture.
  package func input(of picture: Raster) throws(Diagnostic) -> Tensor {
    tensor(of: try fitted(picture.opaque))
  }

  /// The part of a picture that the network sees, in the network's size.
  package func fitted(_ picture: Raster) throws(Diagnostic) -> Raster {
    let size = preprocessing.size
    if preprocessing.fit == .exact, picture.width != size.width || picture.height != size.height {
      throw Diagnostic(
        "wrong-size",
        "the network takes \(size) pixels as they are, found \(picture.height)x\(picture.width)",
        hints: ["`model ... resize=bilinear` resizes"])
    }
    return fitted(picture, height: size.height, width: size.width)
  }

  /// The same part in another size, for people: the shorter side gets at least this many pixels.
  package func view(of picture: Raster, atLeast side: Int = 448) -> Raster {
    let size = preprocessing.size
    let shorter = max(1, min(size.height, size.width))
    guard shorter < side else { return fitted(picture.opaque, height: size.height, width: size.width) }
    return fitted(picture.opaque, height: size.height * side / shorter, width: size.width * side / shorter)
  }

  private func fitted(_ picture: Raster, height: Int, width: Int) -> Raster {
    let filter = ImageFilter(rawValue: preprocessing.filter.rawValue) ?? .bilinear
    switch preprocessing.fit {
    case .stretch, .exact: return picture.resized(width: width, height: height, filter: filter)
    case .centralShare(let numerator, let denominator):
      let side = max(1, min(picture.width, picture.height) * numerator / max(1, denominator))
      let part = picture.centerCropped(width: side, height: side)
      return part.resized(width: width, height: height, filter: filter)
    case .shorterSide(let side):
      let shorter = max(side * height / max(1, preprocessing.size.height), height, width)
      // torchvision's rounding: the longer side is cut to whole pixels. Of a long strip only the middle is made.
      let isWide = picture.width >= picture.height
      let large = (
        width: isWide ? shorter * picture.width / picture.height : shorter,
        height: isWide ? shorter : shorter * picture.height / picture.width
      )
      let x = Self.halfRounded(large.width - width), y = Self.halfRounded(large.height - height)
      return picture.resized(
        width: large.width, height: large.height, filter: filter, columns: x..<x + width, rows: y..<y + height
      )
    }
  }

  /// Half of a margin, rounded half to even as Python does.
  private static func halfRounded(_ margin: Int) -> Int {
    let half = margin / 2
    return margin % 2 == 0 || half % 2 == 0 ? half : half + 1
  }

  private func tensor(of picture: Raster) -> Tensor {
    let order = preprocessing.order
    let (mean, deviation, divisor) = (preprocessing.mean, preprocessing.deviation, preprocessing.divisor)
    let count = picture.width * picture.height
    return Tensor([1, order.count, picture.height, picture.width]) { target in
      for channel in 0..<order.count {
        for index in 0..<count {
          let start = 3 * index
          let value: UInt8
          switch order {
          case .rgb: value = picture.pixels[start + channel]
          case .bgr: value = picture.pixels[start + 2 - channel]
          case .grey: value = Self.grey(picture.pixels, at: start)
          }
          target[channel * count + index] = (Float(value) / divisor - mean[channel]) / deviation[channel]
        }
      }
    }
  }

  /// A picture of the network's size, each pixel moved by some levels along the sign of the input's gradient.
  ///
  /// No pixel goes farther than `limit` from `original`, or leaves 0...255; where the gradient is zero it stays.
  package func nudged(
    _ picture: Raster, along gradient: Tensor, by levels: Int, within limit: Int, of original: Raster
  ) -> Raster {
    let values = gradient.values
    let count = picture.width * picture.height
    var result = picture
    for pixel in 0..<count {
      for colour in 0..<3 {
        let channel =
          switch preprocessing.order {
          case .rgb: colour
          case .bgr: 2 - colour
          case .grey: 0
          }
        let slope = values[channel * count + pixel]
        let place = 3 * pixel + colour
        let old = Int(original.pixels[place])
        let moved = Int(picture.pixels[place]) + (slope > 0 ? levels : slope < 0 ? -levels : 0)
        result.pixels[place] = UInt8(min(max(moved, old - limit, 0), old + limit, 255))
      }
    }
    return result
  }

  /// Pillow's luminance.
  private static func grey(_ pixels: [UInt8], at start: Int) -> UInt8 {
    let sum = Int(pixels[start]) * 19595 + Int(pixels[start + 1]) * 38470 + Int(pixels[start + 2]) * 7471
    return UInt8((sum + 0x8000) >> 16)
  }

  /// A map as a field of heat of the same size.
  package static func plane(of map: SaliencyMap) -> Plane {
    Plane(width: map.width, height: map.height, values: map.values)
  }

  /// A signed picture `[C, H, W]` as people show guided backpropagation: a tenth of a deviation around the middle.
  package static func guided(_ picture: Tensor) -> Raster {
    let values = picture.values
    let count = Double(max(values.count, 1))
    let mean = values.reduce(0.0) { $0 + Double($1) } / count
    let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
    let deviation = variance.squareRoot() + 1e-5
    let (channels, rows, columns) = (picture.shape[0], picture.shape[1], picture.shape[2])
    var raster = Raster(width: columns, height: rows)
    for pixel in 0..<rows * columns {
      for channel in 0..<3 {
        let value = Double(values[min(channel, channels - 1) * rows * columns + pixel])
        let level = (value - mean) / deviation * 0.1 + 0.5
        raster.pixels[3 * pixel + channel] = UInt8(min(max(level, 0), 1) * 255)
      }
    }
    return raster
  }
}
