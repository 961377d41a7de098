/// Finds the state dictionary in what a checkpoint holds and makes tensors of its entries.
struct TorchUnpacker {
  /// Under which names training scripts keep the weights beside optimizer, epoch and the like.
  private static let usualNames = [
    "state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights", "params",
    "params_ema", "ema", "state_dict_ema", "model_ema",
  ]
  private static let deepest = 16

  private let pickle: Pickle
  private var storages: any TorchStorages
  private var budget: MemoryBudget
  /// Dictionaries that are being walked, to notice one that contains itself.
  private var path: [PickleValue] = []
  /// Dictionaries that were looked at for weights; each is looked at once.
  private var seen: Set<PickleValue> = []
  private var tensors: [RawTensor] = []

  init(pickle: Pickle, storages: any TorchStorages, fileSize: Int) {
    self.pickle = pickle
    self.storages = storages
    budget = MemoryBudget(fileSize: fileSize)
  }

  mutating func stateDictionary() throws(FormatError) -> [RawTensor] {
    if isTensor(pickle.root) {
      return [try tensor(pickle.root, name: "tensor")]
    }
    guard pickle.entries(pickle.root) != nil else {
      throw FormatError(
        .invalid("the file holds no dictionary of tensors but \(description(of: pickle.root))"))
    }
    let chosen = weights(in: pickle.root) ?? pickle.root
    try collect(chosen, prefix: "")
    guard !tensors.isEmpty else { throw FormatError(.missing("any tensor in the checkpoint")) }
    return withoutWrapper(tensors)
  }

  /// The dictionary that holds the weights: one of the usual names, or the one that has tensors itself.
  private mutating func weights(in value: PickleValue) -> PickleValue? {
    guard let entries = pickle.entries(value), seen.insert(value).inserted else { return nil }
    for name in Self.usualNames {
      if let inner = pickle.entry(name, of: value), let found = weights(in: inner) {
        return found
      }
    }
    return entries.contains { isTensor($0.value) } ? value : nil
  }

  /// Adds the tensors of a dictionary and of dictionaries in it, names joined by dots.
  private mutating func collect(_ value: PickleValue, prefix: String) throws(FormatError) {
    guard !path.contains(value) else { throw FormatError(.cycle("a dictionary of the checkpoint")) }
    guard path.count < Self.deepest else {
      throw FormatError(.tooLarge(what: "the nesting of dictionaries", size: path.count, limit: Self.deepest))
    }
    path.append(value)
    defer { path.removeLast() }
    for entry in pickle.entries(value) ?? [] {
      guard let key = pickle.text(entry.key) else { continue }
      try budget.charge(64 + prefix.utf8.count + key.utf8.count, for: "the names")
      if isTensor(entry.value) {
        tensors.append(try tensor(entry.value, name: prefix + key))
      } else if case .dictionary = entry.value {
        try collect(entry.value, prefix: prefix + key + ".")
      }
    }
  }

  /// Names without the `module.` that PyTorch's DataParallel puts before each of them.
  private func withoutWrapper(_ tensors: [RawTensor]) -> [RawTensor] {
    guard tensors.allSatisfy({ $0.name.hasPrefix("module.") }) else { return tensors }
    return tensors.map { $0.renamed(String($0.name.dropFirst(7))) }
  }

  private func isTensor(_ value: PickleValue) -> Bool {
    guard let object = pickle.object(value) else { return false }
    return object.callable.hasPrefix("torch._utils._rebuild_")
  }

  private mutating func tensor(_ value: PickleValue, name: String) throws(FormatError) -> RawTensor {
    do throws(FormatError) { return try rebuilt(value, name: name, depth: 0) } catch {
      throw error.about("tensor '\(name)'")
    }
  }

  private mutating func rebuilt(
    _ value: PickleValue, name: String, depth: Int
  ) throws(FormatError) -> RawTensor {
    guard depth < 4, let object = pickle.object(value) else { throw FormatError(.invalid("no tensor")) }
    if object.callable.hasPrefix("torch._utils._rebuild_parameter"), let inner = object.arguments.first {
      return try rebuilt(inner, name: name, depth: depth + 1)
    }
    let arguments = object.arguments
    guard object.callable.hasPrefix("torch._utils._rebuild_tensor"), arguments.count >= 4,
      case .persistent(let index) = arguments[0],
      let reference = TorchStorageReference(pickle.persistents[index], in: pickle),
      let start = pickle.integer(arguments[1]), let shape = sizes(arguments[2]),
      let strides = sizes(arguments[3])
    else { throw FormatError(.invalid("a tensor that is not described as PyTorch does")) }
    var elementType = reference.elementType
    if object.callable.hasSuffix("_v3"), arguments.count > 6, case .global(let type) = arguments[6] {
      elementType = PyTorchCheckpoint.elementTypes[type]
    }
    guard let elementType else { throw FormatError(.unsupported("this element type")) }
    let unit = reference.elementType?.size ?? 1
    let (byteCount, countOverflow) = reference.count.multipliedReportingOverflow(by: unit)
    let (first, firstOverflow) = start.addingReportingOverflow(reference.viewOffset)
    let (skipped, skipOverflow) = first.multipliedReportingOverflow(by: elementType.size)
    guard !countOverflow, !firstOverflow, !skipOverflow else {
      throw FormatError(.invalid("the storage offset \(start) or its size overflows"))
    }
    let storage = try storages.storage(reference.key, byteCount: byteCount)
    guard let bytes = storage.dropFirst(skipped) else {
      throw FormatError(
        .invalid("the tensor begins at element \(start) of a storage of \(storage.count / elementType.size)"),
        offset: storage.origin)
    }
    let tensor = try RawTensor(
      name: name, elementType: elementType, shape: shape, strides: strides, bytes: bytes)
    try budget.charge(
      tensor.elementCount * elementType.size, for: "tensors that share storages", offset: bytes.origin)
    return tensor
  }

  private func sizes(_ value: PickleValue) -> [Int]? {
    if let object = pickle.object(value), object.callable == "torch.Size", let list = object.arguments.first {
      return pickle.integers(list)
    }
    return pickle.integers(value)
  }

  private func description(of value: PickleValue) -> String {
    switch value {
    case .sequence: "a list"
    case .object(let index): "an object of '\(pickle.objects[index].callable)'"
    case .global(let name): "the Python object '\(name)'"
    case .none: "nothing"
    default: "a single value"
    }
  }
}
