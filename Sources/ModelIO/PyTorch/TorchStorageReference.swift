/// How a pickled tensor names its storage: `('storage', class, key, device, count[, view])`.
struct TorchStorageReference {
  let key: String
  /// nil for an untyped storage, whose count is in bytes.
  let elementType: ElementType?
  let count: Int
  /// The first element of a view into a larger storage (PyTorch before 0.4).
  let viewOffset: Int

  /// Understands `identity`; nil where it is something else.
  init?(_ identity: PickleValue, in pickle: Pickle) {
    guard let items = pickle.items(identity), items.count >= 5, pickle.text(items[0]) == "storage",
      case .global(let name) = items[1], let key = pickle.text(items[2]),
      let count = pickle.integer(items[4]),
      count >= 0
    else { return nil }
    elementType = PyTorchCheckpoint.storageTypes[name]
    guard elementType != nil || name.hasSuffix("UntypedStorage") else { return nil }
    self.key = key
    if items.count > 5, let view = pickle.items(items[5]), view.count == 3,
      let offset = pickle.integer(view[1]),
      offset >= 0
    {
      viewOffset = offset
    } else {
      viewOffset = 0
    }
    self.count = count
  }
}
