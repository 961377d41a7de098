/// Lists the cells of this session.
struct HistoryCommand: Command {
  private static let count = Parameter.optional(
    "count", IntegerValue(in: 1...Int.max), default: 20, "how many cells, the newest last")
  private static let search = Parameter.option(
    "search", TextValue(placeholder: "PATTERN"), "only cells that have this; `*` is any text")

  let signature = CommandSignature(
    "history", "lists the cells that were run", group: .session, parameters: [count, search],
    examples: ["history", "history 5", "history search=set*"])

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let count = try call[Self.count]
    let query =
      if let pattern = try call[Self.search] {
        HistoryQuery.search(pattern: "*\(pattern)*", count: count, unique: false)
      } else {
        HistoryQuery.tail(count: count)
      }
    let entries = context.session.history(query)
    guard !entries.isEmpty else {
      return .text(try call[Self.search].map { "no cell has '\($0)'" } ?? "no cells yet")
    }
    let width = String(entries.map(\.line).max() ?? 0).count
    let lines = entries.flatMap { entry in
      entry.input.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
        let number = index == 0 ? String(entry.line) : ""
        return String(repeating: " ", count: width - number.count) + number + "  " + line
      }
    }
    return .text(lines.joined(separator: "\n"))
  }
}
