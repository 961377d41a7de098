/// Keras' `.h5` files of weights or whole models, in the order of the layers.
///
/// Tensors keep Keras' own layouts: convolutions `[h, w, in, out]`, dense `[in, out]`.
package enum KerasWeights: WeightFormat {
  package static let name = "keras-h5"

  package static func recognises(_ bytes: ByteSlice) -> Bool { HDF5File.recognises(bytes) }

  package static func read(_ bytes: ByteSlice, directory: String?) throws(FormatError) -> StateDictionary {
    var file = try HDF5File(bytes)
    let group = try file.object("model_weights", from: file.root) ?? file.root
    if let layers = try texts("layer_names", of: group, in: &file) {
      return try legacy(layers, group: group, in: &file)
    }
    return try KerasVariables.read(&file, layerOrder: nil, format: name)
  }

  /// Files of `save_weights("x.h5")` and `save("x.h5")`: attributes name layers and their weights in order.
  private static func legacy(
    _ layerNames: [String], group: Int, in file: inout HDF5File
  ) throws(FormatError) -> StateDictionary {
    var tensors: [RawTensor] = []
    var layers: [StateDictionary.Layer] = []
    // One walk over the group instead of one for each name: a file may name very many layers.
    var places: [String: HDF5Member] = [:]
    for member in try file.members(of: group) { places[member.name] = member }
    for layer in layerNames {
      guard let member = places[layer] else {
        throw FormatError(.missing("the group of layer '\(layer)'"), offset: group)
      }
      let place = try file.follow(member, from: group)
      var names: [String] = []
      for weight in try texts("weight_names", of: place, in: &file) ?? [] {
        let name = weight.hasPrefix(layer + "/") ? weight : "\(layer)/\(weight)"
        guard let address = try file.object(weight, from: place) else {
          throw FormatError(.missing("the dataset"), subject: "tensor '\(name)'", offset: place)
        }
        tensors.append(try file.dataset(address, name: name))
        names.append(name)
      }
      if !names.isEmpty { layers.append(StateDictionary.Layer(name: layer, tensors: names)) }
    }
    var metadata: [String: String] = [:]
    for key in ["backend", "keras_version", "model_config"] {
      var value = try file.texts(key, of: group)
      if value == nil { value = try file.texts(key, of: file.root) }
      if let value, let first = value.first { metadata[key] = first }
    }
    return try StateDictionary(
      format: name, layout: .keras, tensors: tensors, layers: layers, metadata: metadata)
  }

  /// A list of texts; Keras cuts one that is too long for an attribute into `name0`, `name1` and so on.
  private static func texts(
    _ name: String, of address: Int, in file: inout HDF5File
  ) throws(FormatError) -> [String]? {
    if let whole = try file.texts(name, of: address) { return whole }
    guard var all = try file.texts("\(name)0", of: address) else { return nil }
    var index = 1
    while let piece = try file.texts("\(name)\(index)", of: address) {
      all += piece
      index += 1
    }
    return all
  }
}
