internal import ModelIO

/// A value that is known at import: floats, or the integers and truth values of shape computations.
struct FoldedTensor: Sendable {
  enum Content: Sendable {
    case floats(Tensor)
    case integers([SymbolicInteger])
  }

  let shape: [Int]
  let content: Content

  init(shape: [Int], integers: [SymbolicInteger]) {
    self.shape = shape
    content = .integers(integers)
  }

  init(_ tensor: Tensor) {
    shape = tensor.shape.dimensions
    content = .floats(tensor)
  }

  /// A tensor of a file; integers and truth values stay exact.
  init(_ raw: RawTensor) throws(FormatError) {
    if raw.elementType.isFloat {
      let floats = raw.floats()
      self.init(Tensor(borrowing: floats.pointer, shape: Shape(raw.shape), owner: FloatOwner(floats)))
    } else {
      self.init(shape: raw.shape, integers: try raw.integers().map { SymbolicInteger($0) })
    }
  }

  var count: Int { shape.reduce(1, *) }

  var isInteger: Bool { if case .integers = content { true } else { false } }

  /// The integers; floats that are whole count too.
  var symbolicIntegers: [SymbolicInteger]? {
    switch content {
    case .integers(let values): return values
    case .floats(let tensor):
      var result: [SymbolicInteger] = []
      for value in tensor.values {
        guard let integer = Int(exactly: value) else { return nil }
        result.append(SymbolicInteger(integer))
      }
      return result
    }
  }

  /// The integers where none depends on the batch.
  var knownIntegers: [Int]? {
    guard let values = symbolicIntegers else { return nil }
    let known = values.compactMap(\.known)
    return known.count == values.count ? known : nil
  }

  /// The value as a tensor of floats; nil where it depends on the batch, or has integers that floats do not hold.
  var tensor: Tensor? { inexactInteger == nil ? rounded : nil }

  /// The value as a tensor of floats, integers rounded as a cast rounds them; nil where it depends on the batch.
  var rounded: Tensor? {
    switch content {
    case .floats(let tensor): return tensor
    case .integers(let values):
      let known = values.compactMap(\.known)
      return known.count == values.count ? Tensor(Shape(shape), values: known.map(Float.init)) : nil
    }
  }

  /// The first integer of which floats would lose digits, itself or in what is computed with it.
  var inexactInteger: Int? {
    guard case .integers(let values) = content else { return nil }
    return values.lazy.compactMap(\.known).first { !ExactIntegers.holds($0) }
  }

  /// Why there is no `tensor`.
  var refusal: String {
    inexactInteger.map { ExactIntegers.refusal(of: $0) }
      ?? "a value that depends on the batch size as an operand"
  }

  /// The only element of a tensor of one element.
  var scalar: Float? { count == 1 ? tensor?.values.first : nil }

  /// The same elements under another shape.
  func reshaped(_ shape: [Int]) -> FoldedTensor {
    switch content {
    case .floats(let tensor): FoldedTensor(tensor.reshaped(Shape(shape)))
    case .integers(let values): FoldedTensor(shape: shape, integers: values)
    }
  }

  /// The elements at `places` of the row-major order under a new shape.
  func picking(_ places: [Int], shape: [Int]) -> FoldedTensor {
    switch content {
    case .integers(let values): return FoldedTensor(shape: shape, integers: places.map { values[$0] })
    case .floats(let tensor):
      return tensor.withValues { source in
        FoldedTensor(
          Tensor(Shape(shape)) { target in
            for (index, place) in places.enumerated() { target[index] = source[place] }
          })
      }
    }
  }
}
