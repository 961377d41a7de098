/// One way to explain a score: what it weighs the maps of a layer with, or the map itself.
///
/// Everything else (sum over channels, smoothing, final activation, scale, size) is shared.
package protocol CAMMethod: Sendable {
  /// The verb, lower case with hyphens.
  static var name: String { get }
  /// One line for lists.
  static var summary: String { get }
  /// The formula in plain text.
  static var formula: String { get }
  /// Authors, title and where it appeared.
  static var paper: String { get }
  /// Options beyond those that every method takes.
  static var parameters: [MethodParameter] { get }
  /// What holds where a person did not choose.
  static var defaults: MethodDefaults { get }
  /// What the method needs of the network.
  static var needs: MethodNeeds { get }
  /// What of a request changes nothing of its map.
  static var disregards: MethodSubjects { get }
  /// How maps of several layers become one.
  static var fusion: LayerFusion { get }
  /// Reference works that do something of their own with the method.
  static var compatibilities: [Compatibility] { get }
  /// The number of layers that the method cannot do without.
  static var minimumLayers: Int { get }

  /// The method with these arguments.
  init(_ arguments: MethodArguments) throws(ExplainError)

  /// What it shows of one picture at one layer.
  func attribution(of score: Score, in probe: Probe) throws -> Attribution
}

extension CAMMethod {
  /// Most methods have no options of their own.
  package static var parameters: [MethodParameter] { [] }
  /// Most methods explain the logit, cut at zero and divide by the greatest value.
  package static var defaults: MethodDefaults { MethodDefaults() }
  /// Most methods take the mean of the scaled maps of several layers.
  package static var fusion: LayerFusion { .mean }
  /// Most methods are in no reference work but pytorch-grad-cam, whose scaling is the same for all.
  package static var compatibilities: [Compatibility] { [] }
  /// Most methods look at the class, its score and the layer.
  package static var disregards: MethodSubjects { [] }
  /// Most methods look at one layer.
  package static var minimumLayers: Int { 1 }
  /// The name of the method.
  package var name: String { Self.name }
}

/// Choices that a method makes where a person does not.
package struct MethodDefaults: Sendable {
  /// The score that is explained.
  package var score: Score.Kind
  /// What is done to the summed map.
  package var activation: FinalActivation
  /// How the map is scaled.
  package var normalization: Normalization

  /// The choices; logit, ReLU and division by the greatest value where nothing is said.
  package init(
    score: Score.Kind = .logit, activation: FinalActivation = .relu, normalization: Normalization = .max
  ) {
    self.score = score
    self.activation = activation
    self.normalization = normalization
  }
}

/// What a person can choose and a method may not look at.
package struct MethodSubjects: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }
  package static let classes = MethodSubjects(rawValue: 1)
  /// Which score of the class.
  package static let scores = MethodSubjects(rawValue: 2)
  package static let layers = MethodSubjects(rawValue: 4)
}

/// What a method needs of the network.
package struct MethodNeeds: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }
  /// The layer's maps only; such a method does not look at the class.
  package static let activations: MethodNeeds = []
  /// The score's gradient at the layer.
  package static let gradient = MethodNeeds(rawValue: 1)
  /// The part of the network behind the layer, run on edited maps.
  package static let tail = MethodNeeds(rawValue: 2)
  /// The whole network, run on edited pictures.
  package static let network = MethodNeeds(rawValue: 4)
  /// What taking units away changes: the pass that this starts from is never rounded.
  package static let drops = MethodNeeds(rawValue: 32)
  /// What taking each channel away changes.
  package static let channelDrops = MethodNeeds(rawValue: 16 | 32)
  /// The score's gradient at the picture.
  package static let inputGradient = MethodNeeds(rawValue: 8)
}
