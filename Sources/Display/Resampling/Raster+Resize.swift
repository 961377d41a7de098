internal import CPixels
import Glibc

extension Raster {
  /// The picture in another size, byte for byte as Pillow's `resize` makes it: antialiased, one rounding for each
  /// direction, columns after rows.
  package func resized(width newWidth: Int, height newHeight: Int, filter: ImageFilter) -> Raster {
    precondition(newWidth > 0 && newHeight > 0, "a size of \(newWidth)x\(newHeight)")
    if filter == .nearest { return nearest(newWidth, newHeight) }
    var result = self
    if newWidth != width { result = result.rowsResized(to: newWidth, filter) }
    if newHeight != height { result = result.columnsResized(to: newHeight, filter) }
    return result
  }

  private func rowsResized(to newWidth: Int, _ filter: ImageFilter) -> Raster {
    let taps = ResizeTaps(from: width, to: newWidth, filter: filter)
    let size = newWidth * height * channels
    let resized = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      cpx_rows(
        pixels, buffer.baseAddress, height, width, newWidth, Int32(channels), taps.first, taps.count,
        taps.weights,
        taps.most)
      count = size
    }
    return Raster(width: newWidth, height: height, channels: channels, pixels: resized)
  }

  private func columnsResized(to newHeight: Int, _ filter: ImageFilter) -> Raster {
    let taps = ResizeTaps(from: height, to: newHeight, filter: filter)
    let size = width * newHeight * channels
    let resized = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      cpx_columns(
        pixels, buffer.baseAddress, newHeight, width * channels, taps.first, taps.count, taps.weights,
        taps.most)
      count = size
    }
    return Raster(width: width, height: newHeight, channels: channels, pixels: resized)
  }

  // The source of a pixel is found by adding up steps, as Pillow does, so that rounding agrees.
  private func nearest(_ newWidth: Int, _ newHeight: Int) -> Raster {
    func sources(_ from: Int, _ to: Int) -> [Int] {
      let step = Double(from) / Double(to)
      var place = step * 0.5
      return (0..<to).map { _ in
        defer { place += step }
        return Swift.min(Int(place), from - 1)
      }
    }
    let (columns, rows) = (sources(width, newWidth), sources(height, newHeight))
    var result: [UInt8] = []
    result.reserveCapacity(newWidth * newHeight * channels)
    for row in rows {
      for column in columns {
        let start = (row * width + column) * channels
        for channel in 0..<channels { result.append(pixels[start + channel]) }
      }
    }
    return Raster(width: newWidth, height: newHeight, channels: channels, pixels: result)
  }
}

/// For each pixel of a resized row or column, which pixels it is made of and how much of each.
private struct ResizeTaps {
  private(set) var first: [Int32] = []
  private(set) var count: [Int32] = []
  private(set) var weights: [Int32] = []
  let most: Int

  init(from size: Int, to newSize: Int, filter: ImageFilter) {
    let scale = Double(size) / Double(newSize)
    // A smaller picture is made with a filter stretched over all the pixels that fall together.
    let stretch = Swift.max(scale, 1)
    let support = filter.support * stretch
    most = Int(ceil(support)) * 2 + 1
    weights.reserveCapacity(newSize * most)
    for place in 0..<newSize {
      let middle = (Double(place) + 0.5) * scale
      let start = Swift.max(Int(middle - support + 0.5), 0)
      let end = Swift.min(Int(middle + support + 0.5), size)
      let plain = (0..<(end - start)).map {
        filter.weight(at: (Double($0 + start) - middle + 0.5) * (1 / stretch))
      }
      let sum = plain.reduce(0, +)
      first.append(Int32(start))
      count.append(Int32(end - start))
      for weight in plain {
        let fixed = (sum == 0 ? weight : weight / sum) * Double(1 << 22)
        weights.append(Int32(fixed < 0 ? fixed - 0.5 : fixed + 0.5))
      }
      weights += [Int32](repeating: 0, count: most - (end - start))
    }
  }
}
