/// The lines on which a field has one value: marching squares.
package struct ContourLines {
  /// Points from number to number of the field, (0, 0) being its first; a closed line ends where it begins.
  package let lines: [[Point]]

  /// A place between two neighbours of which one lies below the level.
  private struct Crossing: Hashable {
    let index: Int
    let isDownward: Bool
  }

  /// What is at the level lies inside, what is no number outside; between neighbours the field is straight.
  package init(of field: Plane, at level: Float) {
    let (width, height) = (field.width, field.height)
    func isInside(_ x: Int, _ y: Int) -> Bool { field[x, y] >= level }
    // Every crossing has a neighbour in each of the two squares that it bounds; at the edge of the field only one.
    var neighbours: [Crossing: [Crossing]] = [:]
    func join(_ first: Crossing, _ second: Crossing) {
      neighbours[first, default: []].append(second)
      neighbours[second, default: []].append(first)
    }
    for y in 0..<max(0, height - 1) {
      for x in 0..<max(0, width - 1) {
        let corner = isInside(x, y)
        let (second, third, fourth) = (isInside(x + 1, y), isInside(x + 1, y + 1), isInside(x, y + 1))
        guard corner != second || corner != third || corner != fourth else { continue }
        let corners = [corner, second, third, fourth]
        let top = Crossing(index: y * width + x, isDownward: false)
        let bottom = Crossing(index: (y + 1) * width + x, isDownward: false)
        let left = Crossing(index: y * width + x, isDownward: true)
        let right = Crossing(index: y * width + x + 1, isDownward: true)
        let sides = [top, right, bottom, left]
        let crossed = (0..<4).filter { corners[$0] != corners[($0 + 1) % 4] }.map { sides[$0] }
        if crossed.count == 2 {
          join(crossed[0], crossed[1])
          continue
        }
        // Opposite corners inside: the middle says whether they hang together.
        let middle = (field[x, y] + field[x + 1, y] + field[x + 1, y + 1] + field[x, y + 1]) / 4
        if corner == (middle >= level) {
          join(top, right)
          join(bottom, left)
        } else {
          join(top, left)
          join(bottom, right)
        }
      }
    }
    func place(_ crossing: Crossing) -> Point {
      let (x, y) = (crossing.index % width, crossing.index / width)
      let from = field[x, y]
      let to = crossing.isDownward ? field[x, y + 1] : field[x + 1, y]
      let share = (level - from) / (to - from)
      let way = Double(share.isFinite ? min(max(share, 0), 1) : 0.5)
      return crossing.isDownward ? Point(Double(x), Double(y) + way) : Point(Double(x) + way, Double(y))
    }
    // Lines that end at the field's edge first, from an end; all others are closed.
    var lines: [[Point]] = []
    let order = neighbours.keys.sorted {
      ($0.index, $0.isDownward ? 1 : 0) < ($1.index, $1.isDownward ? 1 : 0)
    }
    for start in order.filter({ neighbours[$0]?.count == 1 }) + order {
      guard neighbours[start] != nil else { continue }
      var line = [place(start)]
      var last = start
      while let next = neighbours[last]?.first {
        neighbours[last] = nil
        neighbours[next]?.removeFirst(last)
        line.append(place(next))
        last = next
      }
      neighbours[last] = nil
      if line.count > 1 { lines.append(line) }
    }
    self.lines = lines
  }
}

extension Array where Element: Equatable {
  /// Takes the first element away that is equal to this one.
  fileprivate mutating func removeFirst(_ element: Element) {
    guard let index = firstIndex(of: element) else { return }
    remove(at: index)
  }
}
