internal import ModelIO

/// The variables of a Keras file by layer.
struct KerasTensors {
  /// By the layer's name.
  private var named: [String: [RawTensor]] = [:]
  /// By the place of the layer's group in the file.
  private var placed: [String: [RawTensor]] = [:]
  /// For networks inside a network, whose variables older files keep in one group: by the outer and the inner name.
  private var nested: [String: [String: [RawTensor]]] = [:]
  /// The places of layers that no name tells apart: by their networks' names and their own.
  private var places: [String: String] = [:]

  init(_ dictionary: StateDictionary, of network: KerasNetwork) {
    for layer in dictionary.layers {
      let tensors = layer.tensors.compactMap { dictionary[$0] }
      named[layer.name] = tensors
      placed[layer.path] = tensors
      for tensor in tensors where layer.path.isEmpty {
        let parts = tensor.name.split(separator: "/")
        guard parts.count > 2 else { continue }
        nested[layer.name, default: [:]][String(parts[parts.count - 2]), default: []].append(tensor)
      }
    }
    guard dictionary.layers.contains(where: { !$0.path.isEmpty }) else { return }
    let counts = Dictionary(network.allLayers.map { ($0.name, 1) }, uniquingKeysWith: +)
    let areNamed = dictionary.layers.allSatisfy(\.isNamed)
    for (scope, layer, path) in network.places() where !areNamed || (counts[layer] ?? 0) > 1 {
      places[Self.key(layer, scope)] = path
    }
  }

  private static func key(_ layer: String, _ scope: [String]) -> String {
    (scope + [layer]).joined(separator: "/")
  }

  /// The variables of a layer; `scope` are the networks around it, the outermost first.
  func variables(of layer: String, in scope: [String]) -> [RawTensor] {
    if let outer = scope.first, let group = nested[outer] { return group[layer] ?? [] }
    if let place = places[Self.key(layer, scope)] { return placed[place] ?? [] }
    return named[layer] ?? []
  }

  /// One of a layer's variables: by the last part of its name, which older files number where several layers' variables
  /// have it, or by its place where the file has numbers for names.
  static func variable(_ names: [String], at place: Int, of variables: [RawTensor]) -> RawTensor? {
    let found = variables.map { variable in
      let last = variable.name.split(separator: "/").last ?? ""
      return (name: String(last.split(separator: ":").first ?? ""), variable: variable)
    }
    if let exact = found.first(where: { names.contains($0.name) }) { return exact.variable }
    let numbered = found.first { item in
      guard let cut = item.name.lastIndex(of: "_") else { return false }
      return Int(item.name[item.name.index(after: cut)...]) != nil
        && names.contains(String(item.name[..<cut]))
    }
    if let numbered { return numbered.variable }
    let areNumbers = found.allSatisfy { Int($0.name) != nil }
    return areNumbers && variables.indices.contains(place) ? variables[place] : nil
  }
}

extension KerasNetwork {
  /// Where Keras' own format puts each layer's group: under `layers`, after its class in snake case, with a number from the
  /// second on.
  fileprivate func places(
    in scope: [String] = [], under base: String = ""
  ) -> [(scope: [String], layer: String, path: String)] {
    var counts: [String: Int] = [:]
    var found: [(scope: [String], layer: String, path: String)] = []
    for layer in layers where !layer.kind.hasPrefix("ops.") {
      let name = Self.snakeCase(layer.kind)
      let count = counts[name] ?? 0
      counts[name] = count + 1
      let path = base + "layers/" + (count == 0 ? name : "\(name)_\(count)")
      found.append((scope, layer.name, path))
      found += layer.network?.places(in: scope + [layer.name], under: path + "/") ?? []
    }
    return found
  }

  /// `SeparableConv2D` to `separable_conv2d`, `PReLU` to `p_re_lu`.
  private static func snakeCase(_ kind: String) -> String {
    let letters = Array(kind.split(separator: ">").last ?? "")
    var result = ""
    for (place, letter) in letters.enumerated() {
      if letter.isUppercase, place > 0 {
        let before = letters[place - 1]
        let isFollowed = letters.indices.contains(place + 1) && letters[place + 1].isLowercase
        if isFollowed || before.isLowercase { result += "_" }
      }
      result += letter.lowercased()
    }
    return result
  }
}
