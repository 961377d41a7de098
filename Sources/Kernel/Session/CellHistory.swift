/// The stored cells of a session, with what they showed.
package struct CellHistory: Sendable {
  /// More than this many cells are not remembered; the oldest go first.
  private static let capacity = 100_000

  private var entries: [HistoryEntry] = []

  package init() {}

  /// Remembers a cell.
  package mutating func append(line: Int, input: String, output: String?) {
    if entries.count == Self.capacity { entries.removeFirst(Self.capacity / 10) }
    entries.append(HistoryEntry(session: 0, line: line, input: input, output: output))
  }

  /// The entries a query asks for, oldest first.
  package func entries(for query: HistoryQuery) -> [HistoryEntry] {
    switch query {
    case .tail(let count): return Array(entries.suffix(max(0, count)))
    case .range(_, let start, let stop):
      let stop = stop ?? .max
      return entries.filter { $0.line >= start && $0.line < stop }
    case .search(let pattern, let count, let unique):
      var found = entries.filter { GlobPattern(pattern).matches($0.input) }
      if unique {
        var seen: Set<String> = []
        found = found.reversed().filter { seen.insert($0.input).inserted }.reversed()
      }
      return Array(found.suffix(max(0, count ?? found.count)))
    }
  }

  /// All cells of this session.
  package var all: [HistoryEntry] { entries }
}
