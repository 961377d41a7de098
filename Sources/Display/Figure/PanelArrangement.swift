/// Which cell of the page each panel of a grid takes, and which headings stand where.
///
/// A grid that is too wide goes on in further bands below, each with its own column headings; one that is too tall goes on
/// in groups side by side, each with its own row headings; one without headings flows in as many columns as suit.
struct PanelArrangement {
  /// What stands over a column of a band, or at the left of a row of a group.
  struct Heading {
    let text: String
    let row: Int
    let column: Int
  }

  /// The number of panels.
  let count: Int
  /// The columns as the grid has them.
  private let logicalColumns: Int
  private let blockRows: Int
  private let blockColumns: Int
  /// Parts of the columns, one below the other.
  let bands: Int
  /// Parts of the rows, side by side.
  let groups: Int

  private init(count: Int, columns: Int, blockRows: Int, blockColumns: Int) {
    let rows = max(1, (count + columns - 1) / columns)
    self.count = count
    logicalColumns = columns
    self.blockRows = blockRows
    self.blockColumns = blockColumns
    bands = (columns + blockColumns - 1) / blockColumns
    groups = (rows + blockRows - 1) / blockRows
  }

  var rows: Int { bands * blockRows }
  var columns: Int { groups * blockColumns }

  /// The cell of a panel.
  func place(of index: Int) -> (row: Int, column: Int) {
    let (row, column) = (index / logicalColumns, index % logicalColumns)
    return (
      column / blockColumns * blockRows + row % blockRows,
      row / blockRows * blockColumns + column % blockColumns
    )
  }

  /// The group that a column of the page belongs to.
  func group(of column: Int) -> Int { column / blockColumns }

  /// The column headings, once for each band and group.
  func columnHeadings(_ texts: [String]) -> [Heading] {
    texts.prefix(logicalColumns).enumerated().flatMap { column, text in
      (0..<groups).map { group in
        Heading(
          text: text, row: column / blockColumns * blockRows,
          column: group * blockColumns + column % blockColumns)
      }
    }
  }

  /// The row headings, once for each band; the column is the first of their group.
  func rowHeadings(_ texts: [String]) -> [Heading] {
    let rows = (count + logicalColumns - 1) / logicalColumns
    return texts.prefix(rows).enumerated().flatMap { row, text in
      (0..<bands).map { band in
        Heading(text: text, row: band * blockRows + row % blockRows, column: row / blockRows * blockColumns)
      }
    }
  }

  /// The grid as it is, and the other ways to set its panels out.
  static func candidates(for grid: PanelGrid) -> [PanelArrangement] {
    let (count, columns) = (grid.panels.count, grid.columns)
    let rows = max(1, (count + columns - 1) / columns)
    var found = [PanelArrangement(count: count, columns: columns, blockRows: rows, blockColumns: columns)]
    guard grid.wrapping != .never else { return found }
    if grid.wrapping == .anywhere, grid.columnHeadings.isEmpty, grid.rowHeadings.isEmpty {
      for columns in 1...max(1, min(count, most)) {
        let rows = max(1, (count + columns - 1) / columns)
        found.append(
          PanelArrangement(count: count, columns: columns, blockRows: rows, blockColumns: columns))
      }
      return found
    }
    for bands in 2...max(2, min(columns, most)) where bands <= columns {
      found.append(
        PanelArrangement(
          count: count, columns: columns, blockRows: rows, blockColumns: (columns + bands - 1) / bands))
    }
    for groups in 2...max(2, min(rows, most)) where groups <= rows {
      found.append(
        PanelArrangement(
          count: count, columns: columns, blockRows: (rows + groups - 1) / groups, blockColumns: columns))
    }
    return found
  }

  /// More bands, groups or columns than these would not leave a panel legible.
  private static let most = 32
}
