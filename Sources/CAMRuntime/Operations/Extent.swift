/// A height and a width: a kernel's size, a stride, a dilation.
package struct Extent: Sendable, Hashable, ExpressibleByIntegerLiteral {
  /// The vertical extent.
  package var height: Int
  /// The horizontal extent.
  package var width: Int

  /// A height and a width.
  package init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// The same extent both ways.
  package init(integerLiteral value: Int) {
    self.init(value, value)
  }

  /// The same extent both ways.
  package init(_ value: Int) {
    self.init(value, value)
  }
}

/// Rows and columns added around a picture.
package struct Padding: Sendable, Hashable, ExpressibleByIntegerLiteral {
  /// Rows above.
  package var top: Int
  /// Columns before.
  package var left: Int
  /// Rows below.
  package var bottom: Int
  /// Columns behind.
  package var right: Int

  /// Rows and columns on each side.
  package init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  /// The same on each side.
  package init(integerLiteral value: Int) {
    self.init(top: value, left: value, bottom: value, right: value)
  }

  /// The same above and below, and the same before and behind.
  package init(_ vertical: Int, _ horizontal: Int) {
    self.init(top: vertical, left: horizontal, bottom: vertical, right: horizontal)
  }

  /// No padding.
  package static let none: Padding = 0

  /// TensorFlow's SAME: the output has ceil(input / stride) rows, and the odd row goes below.
  package static func same(
    input: Extent, kernel: Extent, stride: Extent, dilation: Extent = 1
  ) -> Padding {
    func total(_ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
      let output = (input + stride - 1) / stride
      return max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - input)
    }
    let rows = total(input.height, kernel.height, stride.height, dilation.height)
    let columns = total(input.width, kernel.width, stride.width, dilation.width)
    return Padding(top: rows / 2, left: columns / 2, bottom: rows - rows / 2, right: columns - columns / 2)
  }
}

/// How far a window slides over a picture: what convolutions and pools have in common.
struct Window: Sendable, Hashable {
  var kernel: Extent
  var stride: Extent
  var padding: Padding
  var dilation: Extent
  var ceilMode = false

  /// The number of places of the window, nil where it does not fit.
  func output(of input: Extent) -> Extent? {
    guard kernel.height > 0, kernel.width > 0, stride.height > 0, stride.width > 0,
      dilation.height > 0, dilation.width > 0,
      let height = places(
        input.height, kernel.height, stride.height, dilation.height, padding.top, padding.bottom),
      let width = places(
        input.width, kernel.width, stride.width, dilation.width, padding.left, padding.right)
    else { return nil }
    return Extent(height, width)
  }

  private func places(
    _ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ before: Int, _ after: Int
  ) -> Int? {
    let limit = 1 << 31
    guard input < limit, kernel < limit, dilation < limit, stride < limit,
      abs(before) < limit, abs(after) < limit
    else { return nil }
    let room = input + before + after - (dilation * (kernel - 1) + 1)
    guard room >= 0 else { return nil }
    guard ceilMode else { return room / stride + 1 }
    let places = (room + stride - 1) / stride + 1
    // As PyTorch: a window that would start in the padding behind the input is dropped.
    return (places - 1) * stride >= input + before ? places - 1 : places
  }
}
