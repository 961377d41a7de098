/// The stored cells of a session, with what they showed.
package struct CellHistory: Sendable {
  /// More cells or bytes than this are not remembered; the oldest go first.
  private static let mostCells = 100_000
  private static let mostBytes = 16 << 20
  /// A cell with more text than this is remembered by its beginning, so that one cannot push out all others.
  private static let longestText = 1 << 20

  private var entries: [HistoryEntry] = []
  private var bytes = 0

  package init() {}

  /// Remembers a cell.
  package mutating func append(line: Int, input: String, output: String?) {
    let entry = HistoryEntry(
      session: 0, line: line, input: Self.beginning(of: input), output: output.map(Self.beginning))
    entries.append(entry)
    bytes += Self.size(of: entry)
    if entries.count > Self.mostCells || bytes > Self.mostBytes { forgetOldest() }
  }

  /// Forgets a tenth more than it must, so that it is seldom called.
  private mutating func forgetOldest() {
    var count = max(0, entries.count - Self.mostCells * 9 / 10)
    bytes -= entries[..<count].reduce(0) { $0 + Self.size(of: $1) }
    while bytes > Self.mostBytes * 9 / 10, count < entries.count {
      bytes -= Self.size(of: entries[count])
      count += 1
    }
    entries.removeFirst(count)
  }

  private static func size(of entry: HistoryEntry) -> Int {
    entry.input.utf8.count + (entry.output?.utf8.count ?? 0)
  }

  private static func beginning(of text: String) -> String {
    guard text.utf8.count > longestText else { return text }
    return String(text.unicodeScalars.prefix(longestText)) + "…"
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
