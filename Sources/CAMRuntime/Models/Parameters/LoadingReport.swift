/// Everything in which a weight file and a network disagree, in one list.
package struct LoadingReport: Error, Sendable, Hashable {
  /// A tensor that the network needs and the file lacks.
  package struct Missing: Sendable, Hashable {
    package var name: String
    package var shape: Shape
    /// The most similar unused name of the file.
    package var nearest: String?
  }
  /// A tensor of the file that the network has no place for.
  package struct Unexpected: Sendable, Hashable {
    package var name: String
    package var shape: [Int]
  }
  /// A tensor of the right name and the wrong shape; both in the file's layout.
  package struct Misshapen: Sendable, Hashable {
    package var name: String
    package var expected: [Int]
    package var found: [Int]
  }

  package var network: String
  package var file: String
  package var missing: [Missing] = []
  package var unexpected: [Unexpected] = []
  package var misshapen: [Misshapen] = []

  /// Whether file and network agree.
  package var isClean: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty }
}

extension LoadingReport: CustomStringConvertible {
  /// A headline and one line for each mismatch, at most twelve of each sort.
  package var description: String {
    let total = missing.count + unexpected.count + misshapen.count
    var lines = ["'\(file)' does not fit \(network): \(total) \(total == 1 ? "mismatch" : "mismatches")"]
    lines += section("missing", missing) { item in
      let hint = item.nearest.map { " (nearest in the file: '\($0)')" } ?? ""
      return "'\(item.name)' \(item.shape)\(hint)"
    }
    lines += section("wrong shape", misshapen) {
      "'\($0.name)' wants \(text($0.expected)), found \(text($0.found))"
    }
    lines += section("unexpected", unexpected) { "'\($0.name)' \(text($0.shape))" }
    return lines.joined(separator: "\n")
  }

  private func section<Item>(_ title: String, _ items: [Item], _ line: (Item) -> String) -> [String] {
    let shown = items.prefix(12).map { "  \(title): \(line($0))" }
    return items.count > shown.count ? shown + ["  \(title): and \(items.count - shown.count) more"] : shown
  }

  private func text(_ shape: [Int]) -> String { Shape(shape).description }
}
