/// The named tensors of one file, in the file's order.
package struct StateDictionary: Sendable {
  /// How the kernels of convolutions and dense layers lie in the tensors.
  package enum Layout: String, Sendable {
    /// Convolution `[out, in, h, w]`, depthwise `[channels, 1, h, w]`, linear `[out, in]`.
    case torch
    /// Convolution `[h, w, in, out]`, depthwise `[h, w, channels, multiplier]`, dense `[in, out]`,
    /// flattening height, width, channel.
    case keras
  }

  /// A layer that the file itself names, with its tensors in their order (Keras files).
  package struct Layer: Sendable, Hashable {
    package let name: String
    package let tensors: [String]
    /// Where its group stands in the file; empty where the file's own list names it.
    package let path: String
    /// Whether the name is the layer's own: files of Keras 2 name groups after the layers' classes only.
    package let isNamed: Bool

    package init(name: String, tensors: [String], path: String = "", isNamed: Bool = true) {
      self.name = name
      self.tensors = tensors
      self.path = path
      self.isNamed = isNamed
    }
  }

  /// The file's path, or what stands for it.
  package var source: String
  /// The format's name, such as `safetensors`.
  package let format: String
  package let layout: Layout
  /// Tensors in the file's order; names are unique.
  package let tensors: [RawTensor]
  /// Layers in the file's order; empty where the format knows none.
  package let layers: [Layer]
  /// What the file says besides tensors.
  package let metadata: [String: String]
  private let places: [String: Int]

  /// Refuses two tensors of one name.
  package init(
    source: String = "", format: String, layout: Layout = .torch, tensors: [RawTensor], layers: [Layer] = [],
    metadata: [String: String] = [:]
  ) throws(FormatError) {
    self.source = source
    self.format = format
    self.layout = layout
    self.tensors = tensors
    self.layers = layers
    self.metadata = metadata
    var places: [String: Int] = [:]
    for (index, tensor) in tensors.enumerated() {
      guard places.updateValue(index, forKey: tensor.name) == nil else {
        throw FormatError(
          .invalid("the name stands twice"), subject: "tensor '\(tensor.name)'", offset: tensor.bytes.origin)
      }
    }
    self.places = places
  }

  /// Names in the file's order.
  package var names: [String] { tensors.map(\.name) }
  package var count: Int { tensors.count }

  package subscript(name: String) -> RawTensor? { places[name].map { tensors[$0] } }
}
