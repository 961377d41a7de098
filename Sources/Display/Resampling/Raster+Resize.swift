internal import CPixels
import Glibc

extension Raster {
  /// The picture in another size, byte for byte as Pillow's `resize` (version 13) makes it: antialiased, one rounding for each
  /// direction, columns after rows but where the height shrinks much more than the width.
  package func resized(width newWidth: Int, height newHeight: Int, filter: ImageFilter) -> Raster {
    resized(
      width: newWidth, height: newHeight, filter: filter, columns: 0..<newWidth, rows: 0..<newHeight)
  }

  /// A part of the picture in another size, without making the rest of it.
  package func resized(
    width newWidth: Int, height newHeight: Int, filter: ImageFilter, columns: Range<Int>, rows: Range<Int>
  ) -> Raster {
    precondition(newWidth > 0 && newHeight > 0, "a size of \(newWidth)x\(newHeight)")
    precondition(
      columns.lowerBound >= 0 && columns.upperBound <= newWidth && !columns.isEmpty && rows.lowerBound >= 0
        && rows.upperBound <= newHeight && !rows.isEmpty, "a part outside of \(newWidth)x\(newHeight)")
    if filter == .nearest { return nearest(newWidth, newHeight, columns, rows) }
    var result = self, rows = rows, newHeight = newHeight
    if newHeight == height, rows.count < height {
      // Rows stay as they are: only those of the part go on.
      result = result.cropped(x: 0, y: rows.lowerBound, width: width, height: rows.count)
      (newHeight, rows) = (rows.count, 0..<rows.count)
    }
    if newHeight < result.height, newWidth != width, height - newHeight > 2 * (width - newWidth) {
      return result.columnsResized(to: newHeight, rows, filter).rowsResized(to: newWidth, columns, filter)
    }
    if newWidth != width {
      result = result.rowsResized(to: newWidth, columns, filter)
    } else if columns.count != width {
      result = result.cropped(x: columns.lowerBound, y: 0, width: columns.count, height: result.height)
    }
    if newHeight != result.height { result = result.columnsResized(to: newHeight, rows, filter) }
    return result
  }

  private func rowsResized(to newWidth: Int, _ part: Range<Int>, _ filter: ImageFilter) -> Raster {
    let taps = ResizeTaps(from: width, to: newWidth, part, filter: filter)
    let size = part.count * height * channels
    let resized = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      cpx_rows(
        pixels, buffer.baseAddress, height, width, part.count, Int32(channels), taps.first, taps.count,
        taps.weights,
        taps.most)
      count = size
    }
    return Raster(width: part.count, height: height, channels: channels, pixels: resized)
  }

  private func columnsResized(to newHeight: Int, _ part: Range<Int>, _ filter: ImageFilter) -> Raster {
    let taps = ResizeTaps(from: height, to: newHeight, part, filter: filter)
    let size = width * part.count * channels
    let resized = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      cpx_columns(
        pixels, buffer.baseAddress, part.count, width * channels, taps.first, taps.count, taps.weights,
        taps.most)
      count = size
    }
    return Raster(width: width, height: part.count, channels: channels, pixels: resized)
  }

  private func nearest(_ newWidth: Int, _ newHeight: Int, _ columns: Range<Int>, _ rows: Range<Int>) -> Raster
  {
    // The source of a pixel is found by adding up steps, as Pillow does, so that rounding agrees.
    func sources(_ from: Int, _ to: Int, _ part: Range<Int>) -> [Int] {
      let step = Double(from) / Double(to)
      var place = step * 0.5
      for _ in 0..<part.lowerBound { place += step }
      return part.map { _ in
        defer { place += step }
        return Swift.min(Int(place), from - 1)
      }
    }
    let (columns, rows) = (sources(width, newWidth, columns), sources(height, newHeight, rows))
    var result: [UInt8] = []
    result.reserveCapacity(columns.count * rows.count * channels)
    for row in rows {
      for column in columns {
        let start = (row * width + column) * channels
        for channel in 0..<channels { result.append(pixels[start + channel]) }
      }
    }
    return Raster(width: columns.count, height: rows.count, channels: channels, pixels: result)
  }
}

/// For each pixel of a resized row or column, which pixels it is made of and how much of each.
private struct ResizeTaps {
  private(set) var first: [Int32] = []
  private(set) var count: [Int32] = []
  private(set) var weights: [Int32] = []
  let most: Int

  init(from size: Int, to newSize: Int, _ part: Range<Int>, filter: ImageFilter) {
    let scale = Double(size) / Double(newSize)
    // A smaller picture is made with a filter stretched over all the pixels that fall together.
    let stretch = Swift.max(scale, 1)
    let support = filter.support * stretch
    most = Int(ceil(support)) * 2 + 1
    weights.reserveCapacity(part.count * most)
    for place in part {
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
