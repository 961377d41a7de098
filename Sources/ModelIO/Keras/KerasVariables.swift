/// Weights as Keras 3 keeps them: nested groups, each layer with a group `vars` of numbered datasets.
enum KerasVariables {
  /// A layer found in the file.
  private struct Found {
    /// The layer's name as the file's attribute says, else its group's.
    let name: String
    let path: String
    /// Whether the name is the attribute's.
    let isNamed: Bool
    /// Where the first tensor's header is: it grows in the order of writing.
    let address: Int
    var tensors: [RawTensor] = []
  }

  /// Reads all layers.
  ///
  /// `layerOrder` are names in the model's order; without it the order of the file's addresses is taken,
  /// which is the order in which Keras wrote the layers.
  static func read(
    _ file: inout HDF5File, layerOrder: [String]?, format: String, metadata: [String: String] = [:]
  ) throws(FormatError) -> StateDictionary {
    var found: [Found] = []
    try walk(file.root, path: "", around: [], in: &file, into: &found)
    var rank: [String: Int] = [:]
    for (index, name) in (layerOrder ?? []).enumerated() where rank[name] == nil { rank[name] = index }
    let ordered = found.enumerated().sorted { left, right in
      let ranks = (rank[left.element.name] ?? Int.max, rank[right.element.name] ?? Int.max)
      return ranks.0 == ranks.1 ? left.element.address < right.element.address : ranks.0 < ranks.1
    }
    var tensors: [RawTensor] = []
    var layers: [StateDictionary.Layer] = []
    var used: Set<String> = []
    for (_, layer) in ordered {
      // Two nested models may each have a layer of the same name; the path tells them apart.
      let name = used.insert(layer.name).inserted ? layer.name : layer.path
      used.insert(name)
      let own = layer.tensors.map { $0.renamed("\(name)/\($0.name)") }
      tensors += own
      layers.append(
        StateDictionary.Layer(
          name: name, tensors: own.map(\.name), path: layer.path, isNamed: layer.isNamed))
    }
    guard !tensors.isEmpty else { throw FormatError(.missing("any layer with weights"), offset: file.root) }
    return try StateDictionary(
      format: format, layout: .keras, tensors: tensors, layers: layers, metadata: metadata)
  }

  private static func walk(
    _ address: Int, path: String, around outer: [Int], in file: inout HDF5File, into found: inout [Found]
  ) throws(FormatError) {
    guard outer.count < HDF5File.deepest else {
      throw FormatError(
        .tooLarge(what: "the nesting of groups", size: outer.count, limit: HDF5File.deepest), offset: address)
    }
    guard !outer.contains(address) else {
      throw FormatError(.cycle("the group '\(path)'"), offset: address)
    }
    for member in try file.members(of: address) {
      // The optimizer's state stands beside the layers and is not part of the network.
      if outer.isEmpty, member.name == "optimizer" || member.name == "optimizer_weights" { continue }
      let place = try file.follow(member, from: address)
      let inner = path.isEmpty ? member.name : "\(path)/\(member.name)"
      if member.name == "vars" {
        try collect(place, path: path, in: &file, into: &found)
      } else if try !file.isDataset(place) {
        try walk(place, path: inner, around: outer + [address], in: &file, into: &found)
      }
    }
  }

  private static func collect(
    _ address: Int, path: String, in file: inout HDF5File, into found: inout [Found]
  ) throws(FormatError) {
    let members = try file.links(of: address).compactMap { link in
      Int(link.name).map { (index: $0, link: link) }
    }
    let links = members.sorted { $0.index < $1.index }
    guard let first = links.first?.link else { return }
    let group = path.split(separator: "/").last.map(String.init) ?? "model"
    let name = try file.texts("name", of: address)?.first
    var layer = Found(
      name: name ?? group, path: path.isEmpty ? group : path, isNamed: name != nil, address: first.address)
    for (_, link) in links {
      do throws(FormatError) {
        layer.tensors.append(try file.dataset(link.address, name: link.name))
      } catch {
        var named = error
        named.subject = "tensor '\(layer.path)/\(link.name)'"
        throw named
      }
    }
    found.append(layer)
  }
}
