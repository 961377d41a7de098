/// Labelled pictures in a fixed order; a picture is looked up when it is asked for and decoded elsewhere.
package struct ImageDataset: Sendable {
  /// One picture.
  package struct Item: Sendable {
    /// What to call it in messages: its file, or file and number.
    package let name: String
    /// The index of the true class, where there is one.
    package let label: Int?
    package let content: Content
  }

  /// Where a picture's pixels are.
  package enum Content: Sendable {
    /// An encoded picture in a file of its own.
    case file(path: String)
    /// Decoded pixels: a plane each of red, green and blue, row by row.
    case planes(ByteSlice, width: Int, height: Int)
  }

  /// What it is, such as `cifar10`, and which part, such as `train`.
  package let name: String
  package let split: String
  package let classes: ClassList
  private let parts: [any DatasetPart]
  private let ends: [Int]

  init(name: String, split: String, classes: ClassList, parts: [any DatasetPart]) {
    self.name = name
    self.split = split
    self.classes = classes
    self.parts = parts
    var ends: [Int] = []
    for part in parts { ends.append((ends.last ?? 0) + part.count) }
    self.ends = ends
  }

  package var count: Int { ends.last ?? 0 }

  /// The picture at `index`, which must be below `count`.
  package subscript(index: Int) -> Item {
    precondition(index >= 0 && index < count)
    var part = 0
    while ends[part] <= index { part += 1 }
    return parts[part].item(at: index - (part == 0 ? 0 : ends[part - 1]))
  }

  /// The true class of the picture at `index`.
  package func label(at index: Int) -> Int? { self[index].label }

  /// How many pictures each class has.
  package var countsByClass: [Int] {
    var counts = [Int](repeating: 0, count: classes.count)
    for index in 0..<count {
      if let label = label(at: index) { counts[label] += 1 }
    }
    return counts
  }

  /// Indices in the order in which to go through the pictures: the set's own, or shuffled by a seed, which
  /// gives the same order everywhere; only those of some classes where asked.
  package func order(shuffle seed: UInt64? = nil, classes: Set<Int>? = nil) -> [Int] {
    var indices =
      classes.map { classes in (0..<count).filter { label(at: $0).map(classes.contains) ?? false } }
      ?? Array(0..<count)
    guard let seed else { return indices }
    var generator = SplitMix64(seed: seed)
    indices.shuffle(using: &generator)
    return indices
  }
}

/// Some pictures of a data set that are stored alike.
protocol DatasetPart: Sendable {
  var count: Int { get }
  func item(at index: Int) -> ImageDataset.Item
}

/// Numbers that depend on the seed only (Steele, Lea and Flood 2014).
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
