/// Figures side by side or one under another.
package struct FigureStack: Figure {
  /// The direction of a stack.
  package enum Direction: Sendable {
    case horizontal
    case vertical
  }

  package let figures: [any Figure]
  package let direction: Direction

  package init(_ direction: Direction, _ figures: [any Figure]) {
    self.direction = direction
    self.figures = figures
  }

  package var size: Size {
    let sizes = figures.map(\.size)
    let (widths, heights) = (sizes.map(\.width), sizes.map(\.height))
    switch direction {
    case .horizontal: return Size(max(1, widths.reduce(0, +)), heights.max() ?? 1)
    case .vertical: return Size(widths.max() ?? 1, max(1, heights.reduce(0, +)))
    }
  }

  package var altText: String { figures.map(\.altText).filter { !$0.isEmpty }.joined(separator: ". ") }

  package var photographArea: Double { figures.reduce(0) { $0 + $1.photographArea } }

  package var isTall: Bool { figures.contains(where: \.isTall) }

  package func draw(on canvas: Canvas) {
    var place = Point(0, 0)
    for figure in figures {
      canvas.moved(to: place) { figure.draw(on: canvas) }
      switch direction {
      case .horizontal: place.x += figure.size.width
      case .vertical: place.y += figure.size.height
      }
    }
  }
}
