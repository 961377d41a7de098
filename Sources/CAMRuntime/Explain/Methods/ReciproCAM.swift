/// The score of the layer seen at one position.
package struct ReciproCAM: CAMMethod {
  package static let name = "recipro-cam"
  package static let summary = "the score of the layer seen at one position at a time"
  package static let formula =
    "map_ij = s(A_ij spread over its neighbours by [1 2 1; 2 4 2; 1 2 1] / 16, zero elsewhere)   "
    + "(window=point: A_ij at its own place only)"
  package static let paper =
    "Byun and Lee, Recipro-CAM: Fast gradient-free visual explanations for CNNs, 2022 (arXiv:2209.14074)"
  package static let needs: MethodNeeds = .tail
  package static let defaults = MethodDefaults(score: .softmax, normalization: .minmax)
  package static let parameters = [
    MethodParameter("window", .choice(["gauss", "point"], default: "gauss"), "how a position is kept")
  ]
  private let isPoint: Bool

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    isPoint = try arguments.choice("window") == "point"
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let maps = probe.maps
    let scores = try probe.scores(score, ofEdits: maps.positions) { position, copy in
      let shares = shares(around: position, maps)
      for channel in 0..<maps.channels {
        let start = channel * maps.positions
        let kept = copy[start + position]
        for place in shares.indices { copy[start + place] = kept * shares[place] }
      }
    }
    let map = SaliencyMap(height: maps.height, width: maps.width, values: scores.map { Float($0) })
    return Attribution(.map(map), unit: .spatial, unitScores: scores, strategy: .editedTail)
  }

  /// What each place gets of a position's value.
  private func shares(around position: Int, _ maps: FeatureMaps) -> [Float] {
    var shares = [Float](repeating: 0, count: maps.positions)
    guard !isPoint else {
      shares[position] = 1
      return shares
    }
    let (row, column) = (position / maps.width, position % maps.width)
    for near in max(row - 1, 0)...min(row + 1, maps.height - 1) {
      for beside in max(column - 1, 0)...min(column + 1, maps.width - 1) {
        shares[near * maps.width + beside] = Float((2 - abs(near - row)) * (2 - abs(beside - column))) / 16
      }
    }
    return shares
  }
}
