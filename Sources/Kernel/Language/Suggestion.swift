/// Finds what a person probably meant.
package enum Suggestion {
  /// The known name nearest to a word by edits, if it is near enough to be meant.
  ///
  /// Among equally near names the one wins whose letters are nearest in the alphabet (`layer5`: `layer4`, not `layer1`).
  package static func nearest(to word: String, among known: [String]) -> String? {
    guard !word.isEmpty, word.utf8.count <= 200 else { return nil }
    let wanted = letters(word)
    var best: (name: String, edits: Int, drift: Int)?
    for name in known {
      let candidate = letters(name)
      let limit = max(1, min(wanted.count, candidate.count) / 3)
      guard abs(candidate.count - wanted.count) <= limit || candidate.starts(with: wanted) else { continue }
      var edits = distance(wanted, candidate)
      if wanted.count >= 3, candidate.starts(with: wanted) { edits = min(edits, limit) }
      guard edits <= limit else { continue }
      let drift = drift(wanted, candidate)
      if let best, (best.edits, best.drift) <= (edits, drift) { continue }
      best = (name, edits, drift)
    }
    return best?.name
  }

  /// The known path that is nearest to a word, or has a part (`/stem/Relu`, `layer4.1.conv2`) that is.
  package static func nearestPath(to word: String, among known: [String]) -> String? {
    if let whole = nearest(to: word, among: known) { return whole }
    let parts = Set(known.flatMap(parts).filter { $0.utf8.count > 1 }).sorted()
    guard let part = nearest(to: word, among: parts) else { return nil }
    return known.filter { Self.parts($0).contains(part) }.min { $0.utf8.count < $1.utf8.count }
  }

  private static func parts(_ path: String) -> [String] {
    path.split { $0 == "/" || $0 == "." }.map(String.init)
  }

  /// Edits between two texts: insert, remove, replace, or swap two neighbours.
  package static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    if left.isEmpty { return right.count }
    if right.isEmpty { return left.count }
    var beforeLast = [Int](repeating: 0, count: right.count + 1)
    var last = Array(0...right.count)
    for row in 1...left.count {
      var current = [Int](repeating: row, count: right.count + 1)
      for column in 1...right.count {
        let replace = last[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1)
        current[column] = min(replace, last[column] + 1, current[column - 1] + 1)
        if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
          current[column] = min(current[column], beforeLast[column - 2] + 1)
        }
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }

  private static func letters(_ text: String) -> [Unicode.Scalar] { Array(text.lowercased().unicodeScalars) }

  private static func drift(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    zip(left, right).reduce(abs(left.count - right.count) * 64) { sum, pair in
      sum + min(64, abs(Int(pair.0.value) - Int(pair.1.value)))
    }
  }
}
