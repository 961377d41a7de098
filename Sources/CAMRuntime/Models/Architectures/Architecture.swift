package import ModelIO

/// What a built-in network can be built with.
package struct NetworkSetting: Sendable {
  /// The number of classes of the head.
  package var classes: Int
  /// The size of the input.
  package var size: ImageSize

  package init(classes: Int, size: ImageSize) {
    self.classes = classes
    self.size = size
  }
}

/// A network that is built in: how to put it together and what belongs to it.
package struct Architecture: Sendable {
  package typealias Assembly =
    @Sendable (inout NetworkComposer, NetworkSetting) throws(GraphError) -> NetworkComposer.Value

  /// The name to type, such as `resnet50`.
  package let name: String
  /// Other names that mean the same.
  package let synonyms: [String]
  /// One line for lists.
  package let summary: String
  package let preprocessing: Preprocessing
  /// The number of classes of the official net.
  package let classes: Int
  /// The class names that belong to the official weights.
  package let labels: ClassList
  /// The layer to explain unless told otherwise, as an alias or node name.
  package let defaultLayer: String
  /// Why this is the default.
  package let reason: String
  /// The file of the official weights, where somebody publishes any.
  package let weights: RemoteFile?
  /// Beginnings of names in weight files that the network has no use for.
  package let unusedPrefixes: [String]
  let assembly: Assembly

  init(
    name: String, synonyms: [String] = [], summary: String, preprocessing: Preprocessing, classes: Int = 1000,
    labels: ClassList = .imagenet, defaultLayer: String, reason: String, weights: RemoteFile? = nil,
    unusedPrefixes: [String] = [], assembly: @escaping Assembly
  ) {
    self.name = name
    self.synonyms = synonyms
    self.summary = summary
    self.preprocessing = preprocessing
    self.classes = classes
    self.labels = labels
    self.defaultLayer = defaultLayer
    self.reason = reason
    self.weights = weights
    self.unusedPrefixes = unusedPrefixes
    self.assembly = assembly
  }

  /// What names of the same network under different origins' layer names have in common.
  var family: Substring { name.split(separator: "-").first ?? Substring(name) }

  /// The setting of the official net.
  package var officialSetting: NetworkSetting {
    NetworkSetting(classes: classes, size: preprocessing.size)
  }

  /// Builds the network with tensors from `parameters`.
  package func graph(
    _ setting: NetworkSetting? = nil, parameters: any ParameterSource
  ) throws(GraphError) -> Graph {
    var composer = NetworkComposer(parameters: parameters)
    let output = try assembly(&composer, setting ?? officialSetting)
    return try composer.finish(output: output)
  }

  /// What the network asks of a weight file, in the network's order.
  package func requests(_ setting: NetworkSetting? = nil) throws(GraphError) -> [ParameterRequest] {
    let unread = UnreadParameters()
    _ = try graph(setting, parameters: unread)
    return unread.requests
  }
}
