internal import ModelIO

/// Which tensor of a weight file goes to which parameter of a network.
package struct ParameterMatch: Sendable {
  /// The file's tensors by the network's parameter keys.
  private(set) var tensors: [String: MatchedTensor] = [:]
  package private(set) var report: LoadingReport
  /// That the file has tensors beside the network's, where the network's all have a wrapper's name before theirs.
  private(set) var passedOver: String?

  /// Matches by torch's names or by Keras' layers, whichever the file has.
  init(
    _ requests: [ParameterRequest], in dictionary: StateDictionary, network: String, unusedPrefixes: [String]
  ) {
    report = LoadingReport(network: network, file: dictionary.source)
    var found: [String: RawTensor] = [:]
    var prefix = ""
    if dictionary.layout == .keras {
      found = KerasLayerMatching.match(requests, in: dictionary)
    } else {
      prefix = Self.wrapperPrefix(of: dictionary, wanted: requests)
      for request in requests {
        found[request.key] =
          dictionary[prefix + request.key] ?? Self.innerHead(request, in: dictionary, prefix)
      }
    }
    let used = Set(found.values.map(\.name))
    let unused = dictionary.tensors.filter {
      !used.contains($0.name) && !Self.isUnused($0.name, unusedPrefixes)
    }
    // What lies beside the wrapped network is a trainer's: its loss, its measures.
    let left = unused.filter { $0.name.hasPrefix(prefix) }
    if let first = unused.first(where: { !$0.name.hasPrefix(prefix) }) {
      let count = unused.count - left.count
      passedOver =
        "passed over \(count) beside '\(prefix)': '\(first.name)'" + (count > 1 ? " and others" : "")
    }
    let leftNames = left.map(\.name)
    for request in requests {
      guard let raw = found[request.key] else {
        // Beyond what a report shows, looking for similar names would only cost time.
        let nearest = report.missing.count < 16 ? NearestName.of(request.key, among: leftNames) : nil
        report.missing.append(.init(name: request.key, shape: request.shape, nearest: nearest))
        continue
      }
      let tensor = MatchedTensor(raw: raw, request: request, layout: dictionary.layout)
      tensors[request.key] = tensor
      if !tensor.fits {
        report.misshapen.append(.init(name: raw.name, expected: tensor.expectedShape, found: raw.shape))
      }
    }
    report.unexpected = left.map { .init(name: $0.name, shape: $0.shape) }
  }

  /// The share of the network's parameters that the file has under the same names and shapes.
  package func agreement(of requests: [ParameterRequest]) -> Double {
    guard !requests.isEmpty else { return 0 }
    return Double(tensors.values.count { $0.fits || $0.request.isHead }) / Double(requests.count)
  }

  /// The number of classes of the file's head, where it has one of the right kind.
  package var headRows: Int? {
    tensors.values.first { $0.request.isHead && $0.request.name == "weight" }?.rows
  }

  /// Leaves the head out: it will start anew.
  mutating func dropHead(of requests: [ParameterRequest]) {
    let head = Set(requests.filter(\.isHead).map(\.key))
    let fileNames = Set(head.compactMap { tensors[$0]?.raw.name })
    for key in head { tensors[key] = nil }
    report.missing.removeAll { head.contains($0.name) }
    report.misshapen.removeAll { fileNames.contains($0.name) }
  }

  /// The head's tensor where a person put a dropout before the last layer: `fc.1.weight` for `fc.weight`, the only layer
  /// with tensors in there.
  private static func innerHead(
    _ request: ParameterRequest, in dictionary: StateDictionary, _ prefix: String
  ) -> RawTensor? {
    guard request.isHead else { return nil }
    let inside = dictionary.tensors.filter { $0.name.hasPrefix(prefix + request.node + ".") }
    let wanted = inside.filter { $0.name.hasSuffix("." + request.name) }
    return inside.count <= 2 && wanted.count == 1 ? wanted[0] : nil
  }

  /// Names of tensors that no network reads: counters of torch, a trainer's own state.
  private static func isUnused(_ name: String, _ prefixes: [String]) -> Bool {
    name.hasSuffix("num_batches_tracked") || name == "n_averaged" || name.hasPrefix("optimizer.")
      || name.hasPrefix("training.")
      || prefixes.contains { name.hasPrefix($0) }
  }

  /// What a wrapper put before every name (`module.` of DataParallel, `model.` of a trainer).
  private static func wrapperPrefix(
    of dictionary: StateDictionary, wanted requests: [ParameterRequest]
  ) -> String {
    guard let first = requests.first, dictionary[first.key] == nil else { return "" }
    let name = dictionary.names.first { $0.hasSuffix("." + first.key) }
    return name.map { String($0.dropLast(first.key.count)) } ?? ""
  }
}
