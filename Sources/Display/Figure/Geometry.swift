/// A place on a canvas: x to the right, y down.
package struct Point: Sendable, Equatable {
  package var x: Double
  package var y: Double

  package init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// A rectangle on a canvas.
package struct Box: Sendable, Equatable {
  package var x: Double
  package var y: Double
  package var width: Double
  package var height: Double

  package init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  package var maxX: Double { x + width }
  package var maxY: Double { y + height }
  package var midX: Double { x + width / 2 }
  package var midY: Double { y + height / 2 }

  /// The largest rectangle of a shape inside this one, in its middle.
  package func fitting(width: Int, height: Int) -> Box {
    let scale = min(self.width / Double(width), self.height / Double(height))
    let (shownWidth, shownHeight) = (Double(width) * scale, Double(height) * scale)
    return Box(x: midX - shownWidth / 2, y: midY - shownHeight / 2, width: shownWidth, height: shownHeight)
  }
}

/// How large a figure is.
package struct Size: Sendable, Equatable {
  package var width: Double
  package var height: Double

  package init(_ width: Double, _ height: Double) {
    self.width = width
    self.height = height
  }
}
