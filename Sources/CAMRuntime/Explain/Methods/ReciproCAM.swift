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
    let reach = isPoint ? 0 : 1
    let scores = try probe.scores(score, ofEdits: maps.positions) { position, copy in
      let (row, column) = (position / maps.width, position % maps.width)
      for channel in 0..<maps.channels {
        let kept = copy[channel * maps.positions + position]
        for place in 0..<maps.positions {
          let down = abs(place / maps.width - row)
          let across = abs(place % maps.width - column)
          let index = channel * maps.positions + place
          if down > reach || across > reach {
            copy[index] = 0
          } else {
            copy[index] = isPoint ? kept : kept * Float((2 - down) * (2 - across)) / 16
          }
        }
      }
    }
    let map = SaliencyMap(height: maps.height, width: maps.width, values: scores.map { Float($0) })
    return Attribution(.map(map), unit: .spatial, unitScores: scores, strategy: .editedTail)
  }
}
