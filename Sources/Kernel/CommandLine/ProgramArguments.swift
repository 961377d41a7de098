/// The arguments behind a subcommand's name: options with a value, options without, and the rest.
struct ProgramArguments {
  private var left: [String]

  init(_ arguments: [String]) { left = arguments }

  /// Takes an option without a value; true where it was there.
  mutating func takeFlag(_ name: String) -> Bool {
    guard let place = left.firstIndex(of: name) else { return false }
    left.remove(at: place)
    return true
  }

  /// Takes an option's value, written `--name VALUE` or `--name=VALUE`.
  mutating func takeValue(_ names: String...) throws(UsageError) -> String? {
    for name in names {
      if let place = left.firstIndex(of: name) {
        guard place + 1 < left.count else { throw UsageError("\(name) needs a value") }
        left.remove(at: place)
        return left.remove(at: place)
      }
      if name.hasPrefix("--"), let place = left.firstIndex(where: { $0.hasPrefix(name + "=") }) {
        return String(left.remove(at: place).dropFirst(name.count + 1))
      }
    }
    return nil
  }

  /// What is left: values only.
  func positionals(atMost count: Int) throws(UsageError) -> [String] {
    if let option = left.first(where: { $0.hasPrefix("-") && $0 != "-" }) {
      throw UsageError("there is no option '\(TerminalText.safe(option))'")
    }
    if left.count > count { throw UsageError("'\(TerminalText.safe(left[count]))' is one argument too many") }
    return left
  }
}
