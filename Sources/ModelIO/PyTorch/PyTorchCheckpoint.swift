/// PyTorch's `torch.save` files (`.pth`, `.pt`, `.ckpt`): a pickle of dictionaries with tensors whose
/// storages lie beside it, in a zip archive or (before PyTorch 1.6) in a stream.
package enum PyTorchCheckpoint: WeightFormat {
  package static let name = "pytorch"

  package static func recognises(_ bytes: ByteSlice) -> Bool {
    if TorchStream.recognises(bytes) { return true }
    guard ZipArchive.recognises(bytes), let archive = try? ZipArchive(bytes) else { return false }
    return TorchArchive.pickleMember(of: archive) != nil
  }

  package static func read(_ bytes: ByteSlice, directory: String?) throws(FormatError) -> StateDictionary {
    let (pickle, storages): (Pickle, any TorchStorages)
    if TorchStream.recognises(bytes) {
      let stream = try TorchStream(bytes)
      (pickle, storages) = (stream.pickle, stream)
    } else {
      let archive = try TorchArchive(bytes)
      (pickle, storages) = (archive.pickle, archive)
    }
    var unpacker = TorchUnpacker(pickle: pickle, storages: storages, fileSize: bytes.count)
    let tensors = try unpacker.stateDictionary()
    return try StateDictionary(format: name, tensors: tensors)
  }

  /// The Python objects that a checkpoint may name; calls of them become values and are never run.
  static let allowedGlobals: Set<String> = {
    var names: Set<String> = [
      "collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor",
      "torch._utils._rebuild_tensor_v3", "torch._utils._rebuild_parameter",
      "torch._utils._rebuild_parameter_with_state", "torch.Size", "torch.device",
      "torch.storage.UntypedStorage",
      "torch.UntypedStorage", "torch.storage._UntypedStorage", "torch.serialization._get_layout",
    ]
    names.formUnion(storageTypes.keys)
    names.formUnion(elementTypes.keys)
    names.formUnion(NumPyPickle.allowedGlobals)
    return names
  }()

  /// Storage classes and what they hold.
  static let storageTypes: [String: ElementType] = [
    "torch.FloatStorage": .float32, "torch.DoubleStorage": .float64, "torch.HalfStorage": .float16,
    "torch.BFloat16Storage": .bfloat16, "torch.CharStorage": .int8, "torch.ShortStorage": .int16,
    "torch.IntStorage": .int32, "torch.LongStorage": .int64, "torch.ByteStorage": .uint8,
    "torch.BoolStorage": .bool,
  ]

  /// Element types as newer files name them beside an untyped storage.
  static let elementTypes: [String: ElementType] = [
    "torch.float32": .float32, "torch.float64": .float64, "torch.float16": .float16,
    "torch.bfloat16": .bfloat16, "torch.int8": .int8, "torch.int16": .int16, "torch.int32": .int32,
    "torch.int64": .int64, "torch.uint8": .uint8, "torch.uint16": .uint16, "torch.uint32": .uint32,
    "torch.uint64": .uint64, "torch.bool": .bool,
  ]
}

/// Where the numbers of a checkpoint lie.
protocol TorchStorages {
  /// The bytes of the storage called `key`, which the pickle says to hold `byteCount` bytes.
  mutating func storage(_ key: String, byteCount: Int) throws(FormatError) -> ByteSlice
}
