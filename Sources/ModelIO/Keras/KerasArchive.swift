/// Keras 3's `.keras`: a zip archive of `config.json` and `model.weights.h5`.
package enum KerasArchive: WeightFormat {
  package static let name = "keras"
  private static let weights = "model.weights.h5"

  package static func recognises(_ bytes: ByteSlice) -> Bool {
    guard ZipArchive.recognises(bytes), let archive = try? ZipArchive(bytes) else { return false }
    return archive.member(named: weights) != nil
  }

  package static func read(_ bytes: ByteSlice, directory: String?) throws(FormatError) -> StateDictionary {
    var archive = try ZipArchive(bytes)
    guard let member = archive.member(named: weights) else {
      throw FormatError(.missing("the member '\(weights)'"), offset: bytes.count)
    }
    var order: [String]?
    var metadata: [String: String] = [:]
    if let config = archive.member(named: "config.json") {
      let text = try archive.read(config)
      metadata["model_config"] = text.text
      var budget = MemoryBudget(fileSize: bytes.count)
      do throws(FormatError) {
        var names: [String] = []
        Self.layerNames(try JSONDocument(parsing: text, budget: &budget), into: &names)
        order = names
      } catch { throw error.about("member 'config.json'") }
    }
    do throws(FormatError) {
      var file = try HDF5File(try archive.read(member))
      return try KerasVariables.read(&file, layerOrder: order, format: name, metadata: metadata)
    } catch { throw error.about("member '\(weights)'") }
  }

  /// Names of the layers of a model's configuration, those of nested models in their place.
  private static func layerNames(_ document: JSONDocument, into names: inout [String]) {
    guard let config = document["config"] else { return }
    if let name = config["name"]?.string { names.append(name) }
    for layer in config["layers"]?.array ?? [] { layerNames(layer, into: &names) }
  }
}
