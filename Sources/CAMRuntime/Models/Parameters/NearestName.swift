/// Finds the name that a mistyped or renamed one most likely stands for.
package enum NearestName {
  /// The candidate with the least edit distance, if that is less than half of the name's length.
  package static func of(_ name: String, among candidates: [String]) -> String? {
    let wanted = Array(name.utf8)
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let limit = best?.distance ?? (wanted.count + 1) / 2
      let letters = Array(candidate.utf8)
      guard abs(letters.count - wanted.count) < limit else { continue }
      let distance = editDistance(wanted, letters, limit: limit)
      if distance < limit { best = (candidate, distance) }
    }
    return best?.name
  }

  /// Levenshtein's distance, given up as soon as it reaches `limit`.
  private static func editDistance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      var least = row[0]
      for column in right.indices {
        let change = diagonal + (letter == right[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(change, row[column] + 1, diagonal + 1)
        least = min(least, row[column + 1])
      }
      if least >= limit { return limit }
    }
    return row[right.count]
  }
}
