/// Why a network scores a class as it does, as one method shows it: what every explanation returns and `save` keeps.
package struct Explanation: Sendable {
  /// The verb of the method.
  package var method: String
  /// The layers that were looked at, by the shortest of their names.
  package var layers: [String]
  /// The score that was explained.
  package var score: Score
  /// Its value.
  package var scoreValue: Double
  /// The logits of the picture.
  package var logits: [Double]
  /// The map at the layer's resolution, after the final activation and before scaling; what `save what=map` writes.
  package var map: SaliencyMap
  /// The map before the final activation.
  package var signedMap: SaliencyMap
  /// One number for each unit that was weighed; nil for methods that weigh none.
  package var weights: [Float]?
  /// The other classes that the class was told from, where the method chose them.
  package var rivals: [Int]
  /// What the weighed units are.
  package var unit: AblationUnit
  /// The score without each unit, where units were taken away.
  package var unitScores: [Double]?
  /// The layer's maps (of the last layer named).
  package var activations: FeatureMaps
  /// A signed picture `[3, H, W]` of guided methods.
  package var picture: Tensor?
  /// How the tail was run, where it was.
  package var strategy: AblationStrategy?
  /// In which format it was computed.
  package var format: ExplanationFormat
  /// How `shown` was scaled.
  package var normalization: Normalization
  /// What was done to the summed map.
  package var activation: FinalActivation
  /// Rows of the network's input.
  package var inputHeight: Int
  /// Columns of the network's input.
  package var inputWidth: Int
  /// Whether bytes of the picture wrap at 256 as in reference work 004.
  package var wrapsBytes: Bool
  /// Seconds of the passes through the network, zero where the picture was known, and of the method behind them.
  package var seconds: (network: Double, method: Double)
  /// What a reader must know.
  package var warnings: [ExplanationWarning]

  /// The scaled map at the size of the network's input.
  package var shown: SaliencyMap { shown(height: inputHeight, width: inputWidth) }

  /// The scaled map at a size: 0 to 1 unless it was left signed or unscaled.
  ///
  /// The small map is scaled and then resized, so that equal maps look equal at any size.
  package func shown(height: Int, width: Int) -> SaliencyMap {
    normalization(map).resized(height: height, width: width)
  }
}
