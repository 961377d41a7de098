/// CIFAR-10 and CIFAR-100 as their author distributes them, in the binary and in the Python layout.
package enum CIFARDataset {
  /// Which of the two.
  package enum Kind: String, Sendable, CaseIterable {
    case cifar10, cifar100

    package var classes: ClassList { self == .cifar10 ? .cifar10 : .cifar100 }

    /// The names that the archives' folders have.
    var folders: [String] {
      self == .cifar10
        ? ["cifar-10-batches-bin", "cifar-10-batches-py"] : ["cifar-100-binary", "cifar-100-python"]
    }

    /// File names without suffix, by split.
    func files(of split: String) -> [String]? {
      switch (self, split) {
      case (.cifar10, "train"): (1...5).map { "data_batch_\($0)" }
      case (.cifar10, "test"): ["test_batch"]
      case (.cifar100, "train"), (.cifar100, "test"): [split]
      default: nil
      }
    }
  }

  private static let side = 32
  private static let pixelBytes = 3 * side * side

  /// Opens the files below `path`, which is the archive's folder or the one around it.
  package static func open(
    _ kind: Kind, path: String, split: String = "train"
  ) throws(FormatError) -> ImageDataset {
    guard let files = kind.files(of: split) else {
      throw FormatError(.missing("the split '\(split)' (there are train and test)"), file: path)
    }
    let candidates = [path] + kind.folders.map { "\(path)/\($0)" }
    for folder in candidates {
      if DirectoryListing.isFile("\(folder)/\(files[0]).bin") {
        return try dataset(kind, split, files.map { "\(folder)/\($0).bin" }, binary)
      }
      if DirectoryListing.isFile("\(folder)/\(files[0])") {
        return try dataset(kind, split, files.map { "\(folder)/\($0)" }, python)
      }
    }
    if let code = DirectoryListing.obstacle(to: path) {
      throw FormatError(.system(call: "open", code: code), file: path)
    }
    throw FormatError(.missing("'\(files[0]).bin' or '\(files[0])'"), file: path)
  }

  private static func dataset(
    _ kind: Kind, _ split: String, _ files: [String],
    _ read: (ByteSlice, String, Kind) throws(FormatError) -> CIFARPart
  ) throws(FormatError) -> ImageDataset {
    var parts: [any DatasetPart] = []
    for file in files {
      do throws(FormatError) {
        parts.append(try read(try MappedFile(path: file).bytes, file, kind))
      } catch { throw error.inFile(file) }
    }
    return ImageDataset(name: kind.rawValue, split: split, classes: kind.classes, parts: parts)
  }

  /// Records of one label (CIFAR-100: a coarse and a fine one) and 3,072 bytes of planes.
  package static func binary(
    _ bytes: ByteSlice, name: String, kind: Kind
  ) throws(FormatError) -> [ImageDataset.Item] {
    let part = try binary(bytes, name, kind)
    return (0..<part.count).map { part.item(at: $0) }
  }

  /// A pickled dictionary of labels and an array of bytes.
  package static func python(
    _ bytes: ByteSlice, name: String, kind: Kind
  ) throws(FormatError) -> [ImageDataset.Item] {
    let part = try python(bytes, name, kind)
    return (0..<part.count).map { part.item(at: $0) }
  }

  private static func binary(
    _ bytes: ByteSlice, _ name: String, _ kind: Kind
  ) throws(FormatError) -> CIFARPart {
    let labelBytes = kind == .cifar10 ? 1 : 2
    let stride = labelBytes + pixelBytes
    let count = bytes.count / stride
    guard count > 0, bytes.count % stride == 0 else {
      throw FormatError(
        .truncated(wanted: (count + 1) * stride, left: bytes.count), subject: "picture \(count)",
        offset: count * stride)
    }
    var labels: [Int] = []
    labels.reserveCapacity(count)
    for index in 0..<count {
      let place = index * stride + labelBytes - 1
      labels.append(Int(bytes[place]))
      try check(labels[index], kind, index, offset: place)
    }
    return CIFARPart(file: name, labels: labels, pixels: bytes, stride: stride, pixelOffset: labelBytes)
  }

  private static func python(
    _ bytes: ByteSlice, _ name: String, _ kind: Kind
  ) throws(FormatError) -> CIFARPart {
    var reader = PickleReader(bytes, allowed: NumPyPickle.allowedGlobals)
    let pickle = try reader.next()
    let key = kind == .cifar10 ? "labels" : "fine_labels"
    guard let list = pickle.entry(key, of: pickle.root), let labels = pickle.integers(list) else {
      throw FormatError(.missing("the list '\(key)'"), offset: 0)
    }
    guard let value = pickle.entry("data", of: pickle.root),
      let array = try NumPyPickle.array(value, in: pickle, name: "data")
    else { throw FormatError(.missing("the array 'data'"), offset: 0) }
    guard array.elementType == .uint8, array.shape == [labels.count, pixelBytes] else {
      throw FormatError(
        .invalid(
          "expected bytes of shape [\(labels.count), \(pixelBytes)], found \(array.elementType) \(array.shape)"
        ),
        subject: "array 'data'", offset: array.bytes.origin)
    }
    for (index, label) in labels.enumerated() { try check(label, kind, index, offset: 0) }
    return CIFARPart(
      file: name, labels: labels, pixels: array.packedBytes(), stride: pixelBytes, pixelOffset: 0)
  }

  private static func check(_ label: Int, _ kind: Kind, _ index: Int, offset: Int) throws(FormatError) {
    guard label >= 0, label < kind.classes.count else {
      throw FormatError(
        .invalid("the label \(label) is not below \(kind.classes.count)"), subject: "picture \(index)",
        offset: offset)
    }
  }
}

/// The pictures of one file.
private struct CIFARPart: DatasetPart {
  let file: String
  let labels: [Int]
  let pixels: ByteSlice
  let stride: Int
  let pixelOffset: Int

  var count: Int { labels.count }

  func item(at index: Int) -> ImageDataset.Item {
    let start = index * stride + pixelOffset
    let planes = pixels.slice(start..<start + 3072) ?? ByteSlice([])
    return ImageDataset.Item(
      name: "\(file)[\(index)]", label: labels[index], content: .planes(planes, width: 32, height: 32))
  }
}
