/// A network with what belongs to it: how a picture becomes its input, what its outputs mean, where to look.
///
/// Never changed after loading; explanations work on copies of values, not on the model.
package struct Model: Sendable {
  /// What the person calls it: a built-in name or the file's.
  package var name: String
  package var graph: Graph
  package var preprocessing: Preprocessing
  /// Names of the classes in the order of the outputs; empty where nobody knows them.
  package var classes: [String]
  /// The layer that is explained unless told otherwise.
  package var defaultLayer: NodeID
  /// Why that layer.
  package var defaultLayerReason: String
  /// Where network and weights come from, a line each: file, format, what was assumed.
  package var origin: [String]
  /// What the weights were trained on, where their file says so.
  package var trainingData: String?
  /// Why scores may not be what the person expects, a line each.
  package var warnings: [String] = []
  /// Whether the file's own input has its channels last; the graph's has them behind the batch.
  package var readsChannelsLast = false

  package init(
    name: String, graph: Graph, preprocessing: Preprocessing, classes: [String], defaultLayer: NodeID,
    defaultLayerReason: String, origin: [String]
  ) {
    self.name = name
    self.graph = graph
    self.preprocessing = preprocessing
    self.classes = classes
    self.defaultLayer = defaultLayer
    self.defaultLayerReason = defaultLayerReason
    self.origin = origin
  }

  /// The number of scores.
  package var classCount: Int { graph[graph.logits].shape.count }

  /// The probability of a class, as the network means it.
  package func probability(of index: Int, in logits: [Double]) -> Double {
    Score(graph.probability, classIndex: index).value(of: logits)
  }

  /// The name of a class, its number where it has none.
  package func className(_ index: Int) -> String {
    classes.indices.contains(index) ? classes[index] : "class \(index)"
  }

  /// The name of the default layer, a module's name where it has one.
  package var defaultLayerName: String { graph.bestName(of: defaultLayer) }
}

extension Graph {
  /// The shortest of the names that stand for a node: a module's (`layer4`) before its last part's
  /// (`layer4.2.relu`).
  package func bestName(of id: NodeID) -> String {
    layers.filter { $0.id == id }.map(\.name).min { $0.utf8.count < $1.utf8.count } ?? self[id].name
  }
}
