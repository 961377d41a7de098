internal import CPixels
import Glibc

/// How the reference works draw heat, their quirks included; for comparing with their figures, never the default.
package enum ReferenceRecipe: String, Sendable, CaseIterable {
  /// Guided CAMs in Keras: map over its maximum to bytes, then jet between the least and the greatest byte, half and half.
  case twoHalves = "002"
  /// Ablation-CAM in Keras: jet first, then Pillow's bicubic on its colours; added to the photograph and stretched.
  case addedJet = "003"
  /// Ablation-CAM's reproduction in PyTorch: bytes that wrap at 256, then OpenCV's bilinear, then 0.6 and 0.4.
  case wrappedBytes = "004"

  /// The weight of the heat in the work's own figures.
  package var usualAlpha: Float {
    switch self {
    case .twoHalves: 0.5
    case .addedJet: 1
    case .wrappedBytes: 0.4
    }
  }

  /// The picture as the work draws it.
  ///
  /// `map` has the layer's size and has passed the work's final activation; it is not normalised.
  package func overlay(_ photo: Raster, _ map: Plane, alpha: Float? = nil) -> Raster {
    let photo = photo.opaque
    let alpha = Double(alpha ?? usualAlpha)
    switch self {
    case .twoHalves: return Self.mixed(photo, Self.normalizedSteps(map, over: photo), alpha: alpha)
    case .addedJet: return Self.added(photo, map, alpha: alpha)
    case .wrappedBytes: return Self.mixed(photo, Self.wrappedSteps(map, over: photo), alpha: alpha)
    }
  }

  /// `numpy.uint8(map * 255)`: the fraction is cut, the rest is taken modulo 256.
  package static func wrappedBytes(of map: Plane) -> [UInt8] {
    map.values.map { value in
      let scaled = value * 255
      guard scaled.isFinite, abs(scaled) < 9e18 else { return 0 }
      return UInt8(truncatingIfNeeded: Int(scaled))
    }
  }

  private static func wrappedSteps(_ map: Plane, over photo: Raster) -> [UInt8] {
    OpenCVResize.linear(
      wrappedBytes(of: map), size: (map.width, map.height), to: (photo.width, photo.height))
  }

  /// skimage's bilinear with mirrored borders, over the maximum, to bytes; matplotlib then spans least to greatest.
  private static func normalizedSteps(_ map: Plane, over photo: Raster) -> [UInt8] {
    let values = mirrored(map, width: photo.width, height: photo.height)
    let greatest = values.max() ?? 0
    let bytes = values.map { greatest > 0 ? UInt8(truncatingIfNeeded: Int($0 / greatest * 255)) : 0 }
    let (low, high) = (bytes.min() ?? 0, bytes.max() ?? 0)
    guard high > low else { return [UInt8](repeating: 0, count: bytes.count) }
    return bytes.map { byte in
      UInt8(min(255, Int(Double(byte - low) / Double(high - low) * 256)))
    }
  }

  private static func mirrored(_ map: Plane, width: Int, height: Int) -> [Double] {
    func taps(_ size: Int, _ newSize: Int) -> [(Int, Int, Double)] {
      (0..<newSize).map { index in
        let last = Double(size - 1)
        var at = (Double(index) + 0.5) * Double(size) / Double(newSize) - 0.5
        at = at < 0 ? -at : at > last ? 2 * last - at : at
        at = min(max(at, 0), last)
        let first = min(Int(at), size - 1)
        return (first, min(first + 1, size - 1), at - Double(first))
      }
    }
    let (rows, columns) = (taps(map.height, height), taps(map.width, width))
    var values: [Double] = []
    values.reserveCapacity(width * height)
    for (top, bottom, down) in rows {
      for (left, right, along) in columns {
        let above = Double(map[left, top]) * (1 - along) + Double(map[right, top]) * along
        let below = Double(map[left, bottom]) * (1 - along) + Double(map[right, bottom]) * along
        values.append(above * (1 - down) + below * down)
      }
    }
    return values
  }

  /// `(1 - alpha) * photo + alpha * jet`, rounded once.
  private static func mixed(_ photo: Raster, _ steps: [UInt8], alpha: Double) -> Raster {
    var pixels = photo.pixels
    for (index, step) in steps.enumerated() {
      let color = JetFormula.rows[Int(step)]
      for (channel, heat) in [color.0, color.1, color.2].enumerated() {
        let value = (1 - alpha) * Double(photo.pixels[3 * index + channel]) + alpha * heat * 255
        pixels[3 * index + channel] = UInt8(min(max(value.rounded(), 0), 255))
      }
    }
    return Raster(width: photo.width, height: photo.height, pixels: pixels)
  }

  private static func added(_ photo: Raster, _ map: Plane, alpha: Double) -> Raster {
    let greatest = map.values.map { max($0, 0) }.max() ?? 0
    let steps = map.values.map { value -> UInt8 in
      let share = greatest > 0 ? max(value, 0) / greatest : 0
      return share.isFinite ? UInt8(truncatingIfNeeded: Int(share * 255)) : 0
    }
    let colors = steps.flatMap { step -> [Float] in
      let color = JetFormula.rows[Int(step)]
      return [Float(color.0), Float(color.1), Float(color.2)]
    }
    let small = Raster(width: map.width, height: map.height, pixels: stretched(colors))
    let heat = small.resized(width: photo.width, height: photo.height, filter: .bicubic)
    let sum = zip(heat.pixels, photo.pixels).map { Float($0) * Float(alpha) + Float($1) }
    return Raster(width: photo.width, height: photo.height, pixels: stretched(sum))
  }

  /// Keras' `array_to_img`: the least value to 0, the greatest to 255, fractions cut.
  private static func stretched(_ values: [Float]) -> [UInt8] {
    let low = values.min() ?? 0
    let span = (values.max() ?? 0) - low
    return values.map { UInt8(min(255, max(0, (span != 0 ? ($0 - low) / span : $0 - low) * 255))) }
  }
}
