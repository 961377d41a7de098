import Glibc

/// What is done to a training picture by chance, so that the net never sees it twice in the same way.
package struct Augmentation: Sendable, Hashable {
  /// The kinds, as they are named in a cell.
  package enum Kind: String, Sendable, CaseIterable {
    case flip, crop, shift, rotation, colour, erase, none
  }

  /// Left and right are exchanged half of the time.
  package var flips = false
  /// The zeros put around a picture before a window of its size is cut from it at random; 0 for none.
  package var cropPadding = 0
  /// How far a picture is moved at most, as a share of its size, its border repeated.
  package var shift = 0.0
  /// How far a picture is turned at most, in degrees.
  package var rotation = 0.0
  /// How far brightness, contrast and saturation are changed at most, as a share.
  package var colour = 0.0
  /// The side of a square that is painted over with the picture's mean colour, its centre anywhere; 0 for none.
  package var erasedSide = 0

  /// The kinds that are at work, as they are named in a cell.
  var kindNames: String {
    let kinds: [(Bool, Kind)] = [
      (flips, .flip), (cropPadding > 0, .crop), (shift > 0, .shift), (rotation > 0, .rotation),
      (colour > 0, .colour), (erasedSide > 0, .erase),
    ]
    let names = kinds.filter(\.0).map(\.1.rawValue)
    return names.isEmpty ? Kind.none.rawValue : names.joined(separator: ",")
  }

  /// The usual strength of each kind for pictures of this height.
  package init(_ kinds: [Kind] = [], height: Int = 32) {
    for kind in kinds {
      switch kind {
      case .flip: flips = true
      case .crop: cropPadding = max(1, height / 8)
      case .shift: shift = 0.1
      case .rotation: rotation = 15
      case .colour: colour = 0.2
      case .erase: erasedSide = max(1, height * 3 / 8)
      case .none: self = Augmentation(height: height)
      }
    }
  }

  /// Changes a picture of three planes (red, green, blue; any scale from 0 up) as the generator decides.
  package func apply(
    to planes: UnsafeMutableBufferPointer<Float>, height: Int, width: Int,
    using generator: inout SeededGenerator
  ) {
    if flips, generator.next() & 1 == 1 { Self.flip(planes, height: height, width: width) }
    if cropPadding > 0 {
      let down = generator.index(below: 2 * cropPadding + 1) - cropPadding
      let right = generator.index(below: 2 * cropPadding + 1) - cropPadding
      Self.move(planes, height: height, width: width, down: down, right: right)
    }
    if shift > 0 || rotation > 0 {
      let angle = (generator.uniform() * 2 - 1) * rotation * Double.pi / 180
      let down = (generator.uniform() * 2 - 1) * shift * Double(height)
      let right = (generator.uniform() * 2 - 1) * shift * Double(width)
      Self.turn(planes, height: height, width: width, angle: angle, down: down, right: right)
    }
    if colour > 0 {
      let factors = (0..<3).map { _ in Float(1 + (generator.uniform() * 2 - 1) * colour) }
      Self.tint(planes, brightness: factors[0], contrast: factors[1], saturation: factors[2])
    }
    if erasedSide > 0 {
      let top = generator.index(below: height) - erasedSide / 2
      let left = generator.index(below: width) - erasedSide / 2
      Self.paintOver(
        planes, height: height, width: width, rows: max(0, top)..<min(height, top + erasedSide),
        columns: max(0, left)..<min(width, left + erasedSide))
    }
  }

  private static func paintOver(
    _ planes: UnsafeMutableBufferPointer<Float>, height: Int, width: Int, rows: Range<Int>,
    columns: Range<Int>
  ) {
    for plane in 0..<3 {
      let start = plane * height * width
      let mean = planes[start..<(start + height * width)].reduce(0, +) / Float(height * width)
      for row in rows {
        for column in columns { planes[start + row * width + column] = mean }
      }
    }
  }

  private static func flip(_ planes: UnsafeMutableBufferPointer<Float>, height: Int, width: Int) {
    for row in 0..<3 * height {
      for column in 0..<width / 2 { planes.swapAt(row * width + column, row * width + width - 1 - column) }
    }
  }

  private static func move(
    _ planes: UnsafeMutableBufferPointer<Float>, height: Int, width: Int, down: Int, right: Int
  ) {
    let source = Array(planes)
    for plane in 0..<3 {
      for row in 0..<height {
        for column in 0..<width {
          let (fromRow, fromColumn) = (row + down, column + right)
          let isInside = fromRow >= 0 && fromRow < height && fromColumn >= 0 && fromColumn < width
          planes[(plane * height + row) * width + column] =
            isInside ? source[(plane * height + fromRow) * width + fromColumn] : 0
        }
      }
    }
  }

  private static func turn(
    _ planes: UnsafeMutableBufferPointer<Float>, height: Int, width: Int, angle: Double, down: Double,
    right: Double
  ) {
    let source = Array(planes)
    let (sine, cosine) = (sin(angle), cos(angle))
    let (middleRow, middleColumn) = (Double(height - 1) / 2, Double(width - 1) / 2)
    for row in 0..<height {
      for column in 0..<width {
        let (y, x) = (Double(row) - middleRow, Double(column) - middleColumn)
        let fromRow = min(max(cosine * y - sine * x + middleRow + down, 0), Double(height - 1))
        let fromColumn = min(max(sine * y + cosine * x + middleColumn + right, 0), Double(width - 1))
        let (top, left) = (Int(fromRow), Int(fromColumn))
        let (bottom, far) = (min(top + 1, height - 1), min(left + 1, width - 1))
        let (v, u) = (Float(fromRow - Double(top)), Float(fromColumn - Double(left)))
        for plane in 0..<3 {
          let start = plane * height * width
          let above = source[start + top * width + left] * (1 - u) + source[start + top * width + far] * u
          let below =
            source[start + bottom * width + left] * (1 - u) + source[start + bottom * width + far] * u
          planes[start + row * width + column] = above * (1 - v) + below * v
        }
      }
    }
  }

  private static func tint(
    _ planes: UnsafeMutableBufferPointer<Float>, brightness: Float, contrast: Float, saturation: Float
  ) {
    let count = planes.count / 3
    var mean: Float = 0
    for index in 0..<count { mean += grey(planes, index, count) }
    mean = mean / Float(max(count, 1)) * brightness
    for index in 0..<count {
      let level = grey(planes, index, count)
      for plane in 0..<3 {
        let place = plane * count + index
        let coloured = (level + (planes[place] - level) * saturation) * brightness
        planes[place] = min(max(mean + (coloured - mean) * contrast, 0), 255)
      }
    }
  }

  private static func grey(_ planes: UnsafeMutableBufferPointer<Float>, _ index: Int, _ count: Int) -> Float {
    0.299 * planes[index] + 0.587 * planes[count + index] + 0.114 * planes[2 * count + index]
  }
}
