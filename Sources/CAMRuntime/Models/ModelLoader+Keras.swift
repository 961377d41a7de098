internal import ModelIO

/// Networks that a Keras file describes itself.
extension ModelLoader {
  /// The network in a whole Keras model; a built-in one where the file's is that.
  static func keras(
    _ importer: KerasImporter, _ dictionary: StateDictionary, _ options: ModelOptions
  ) throws(ModelError) -> Model {
    let path = dictionary.source
    let (graph, notes): (Graph, [String])
    do throws(KerasImportError) {
      let outline = try importer.graph(isOutline: true).graph
      if let known = try? builtIn(dictionary, like: outline, options) { return known }
      (graph, notes) = try importer.graph()
    } catch { throw .keras(file: path, error) }
    if options.seed != nil {
      throw .option("random= has no effect on a whole Keras model, whose weights are in it")
    }
    if let classes = options.classes, classes != graph[graph.logits].shape.count {
      throw .option("classes= has no effect on a whole Keras model, whose head is fixed")
    }
    let shape = graph[graph.input].shape
    let size = ImageSize(height: shape[2], width: shape[3])
    let assumed = KerasPreprocessing.assumed(
      for: graph, layers: importer.layerNames, size: size, channels: shape[1])
    let rule = DefaultLayerRule.layer(of: graph)
    var model = Model(
      name: name(of: path), graph: graph, preprocessing: assumed.preprocessing,
      classes: ClassList.fitting(graph[graph.logits].shape.count)?.names ?? [],
      defaultLayer: rule.id, defaultLayerReason: rule.reason,
      origin: [
        "Keras: \(path) (\(dictionary.format))",
        "preprocessing assumed (\(assumed.reason)): change it with mean=, std=, resize=",
      ])
    model.warnings = notes
    model.readsChannelsLast = true
    return model
  }

  /// The built-in network whose tensors the file has, where it computes what the file describes: not so where a layer
  /// that scales pictures stands before it, or the file's pictures have another size.
  private static func builtIn(
    _ dictionary: StateDictionary, like graph: Graph, _ options: ModelOptions
  ) throws(ModelError) -> Model? {
    do throws(ModelError) {
      let known = try model(try architecture(of: dictionary), dictionary, options)
      return steps(of: known.graph) == steps(of: graph) ? known : nil
    } catch {
      switch error {
      case .noArchitecture, .mismatch: return nil
      default: throw error
      }
    }
  }

  /// How often each kind of step gives a value of each shape; what only moves values may be written in several ways.
  private static func steps(of graph: Graph) -> [String: Int] {
    var counts: [String: Int] = [:]
    for node in graph.nodes where !node.operation.traits.isIdentity {
      switch node.operation {
      case is Pad, is Transpose: continue
      default: counts["\(node.operation.kind) \(node.shape)", default: 0] += 1
      }
    }
    return counts
  }
}
