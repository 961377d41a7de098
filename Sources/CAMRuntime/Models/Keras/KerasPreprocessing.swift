/// How pictures are prepared for a network that a Keras file describes; the file does not say so.
enum KerasPreprocessing {
  /// The preprocessing and why it is assumed.
  static func assumed(
    for graph: Graph, layers: Set<String>, size: ImageSize, channels: Int
  ) -> (preprocessing: Preprocessing, reason: String) {
    var (result, reason) = assumed(for: graph, layers)
    if channels == 1 {
      result.order = .grey
      result.mean = [result.divisor == 127.5 ? 1 : 0]
      result.deviation = [1]
      if result.divisor == 1, PictureRange.of(graph) == nil { result.divisor = 255 }
    }
    result.size = size
    return (result, reason)
  }

  private static func assumed(for graph: Graph, _ layers: Set<String>) -> (Preprocessing, String) {
    let plain = Preprocessing(size: ImageSize(square: 224), fit: .stretch, filter: .nearest)
    if let scale = PictureRange.of(graph) { return (scale.applied(to: plain), scale.reason) }
    for (mark, family) in families where layers.contains(where: { $0.hasPrefix(mark) }) { return family }
    return (plain, "v/255, the commonest")
  }

  /// Layers, or models inside, by which Keras' applications are known, and what their `preprocess_input` does.
  private static let families: [(mark: String, family: (Preprocessing, String))] = {
    let tf = (Preprocessing.kerasTF(224), "as Keras' preprocess_input for its network does, -1...1")
    let caffe = (
      Preprocessing.kerasCaffe(224), "as Keras' preprocess_input for its network does, blue first, means off"
    )
    var torch = (Preprocessing.torchvision(), "as Keras' preprocess_input for its network does, torch's way")
    torch.0.fit = .stretch
    torch.0.filter = .nearest
    return [
      ("conv5_block16_concat", torch), ("conv5_block32_concat", torch), ("densenet", torch),
      // Of ResNets, the second version alone ends with a normalisation.
      ("post_bn", tf), ("conv5_block3_out", caffe), ("block5_conv3", caffe), ("vgg", caffe),
      ("block14_sepconv2", tf), ("conv_pw_13", tf), ("block_16_project", tf), ("mixed10", tf),
      ("conv_7b", tf),
      ("normal_conv_1", tf), ("mobilenet", tf),
    ]
  }()
}
