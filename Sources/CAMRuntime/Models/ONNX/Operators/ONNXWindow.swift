internal import ModelIO

/// The window attributes that convolutions and pools share.
///
/// One-dimensional windows are laid out as rows of height one.
struct ONNXWindow {
  let kernel: [Int]
  let strides: [Int]
  let dilations: [Int]
  private var before: [Int]
  private var after: [Int]

  init(_ view: ONNXNodeView, inputShape: [Int], kernel: [Int]) throws(ONNXImportError) {
    let rank = kernel.count
    guard (1...2).contains(rank) else {
      throw view.failure(.unsupported("windows of \(rank) dimensions (one and two are)"))
    }
    guard inputShape.count == rank + 2 else {
      throw view.failure(.invalid("a window of \(rank) dimensions over the shape \(Shape(inputShape))"))
    }
    func list(_ name: String, count: Int, otherwise value: Int) throws(ONNXImportError) -> [Int] {
      let values = view.node.integers(name) ?? [Int](repeating: value, count: count)
      guard values.count == count, values.allSatisfy({ abs($0) < 1 << 31 }) else {
        throw view.failure(.invalid("'\(name)' has \(values.count) numbers, \(count) are wanted"))
      }
      return values
    }
    self.kernel = kernel
    strides = try list("strides", count: rank, otherwise: 1)
    dilations = try list("dilations", count: rank, otherwise: 1)
    guard (strides + dilations).allSatisfy({ $0 > 0 }), kernel.allSatisfy({ 0 < $0 && $0 < 1 << 31 }) else {
      throw view.failure(.invalid("a window with steps or extents below one"))
    }
    let automatic = view.node.string("auto_pad") ?? "NOTSET"
    before = [Int](repeating: 0, count: rank)
    after = before
    switch automatic {
    case "NOTSET", "":
      let pads = try list("pads", count: 2 * rank, otherwise: 0)
      before = Array(pads[..<rank])
      after = Array(pads[rank...])
    case "VALID": break
    case "SAME_UPPER", "SAME_LOWER":
      for axis in 0..<rank {
        let size = inputShape[axis + 2]
        let places = (size + strides[axis] - 1) / strides[axis]
        let missing = max((places - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1 - size, 0)
        before[axis] = automatic == "SAME_UPPER" ? missing / 2 : missing - missing / 2
        after[axis] = missing - before[axis]
      }
    default: throw view.failure(.invalid("auto_pad '\(automatic)'"))
    }
  }

  var isRow: Bool { kernel.count == 1 }
  var kernelExtent: Extent { isRow ? Extent(1, kernel[0]) : Extent(kernel[0], kernel[1]) }
  var stride: Extent { isRow ? Extent(1, strides[0]) : Extent(strides[0], strides[1]) }
  var dilation: Extent { isRow ? Extent(1, dilations[0]) : Extent(dilations[0], dilations[1]) }
  var padding: Padding {
    isRow
      ? Padding(top: 0, left: before[0], bottom: 0, right: after[0])
      : Padding(top: before[0], left: before[1], bottom: after[0], right: after[1])
  }

  /// Weights of a row become weights of a picture of height one.
  func weights(_ tensor: Tensor) -> Tensor {
    guard isRow else { return tensor }
    let shape = tensor.shape
    return tensor.reshaped([shape[0], shape[1], 1, shape[2]])
  }

  /// Adds the operation that `make` gives, between reshapes where the window is a row.
  func applied(
    to input: ImportedValue, _ view: ONNXNodeView, _ net: inout ONNXAssembler,
    make: (ONNXWindow) throws(ONNXImportError) -> any Operation
  ) throws(ONNXImportError) -> ImportedValue {
    let operation = try make(self)
    guard isRow else { return try net.emit(operation, [input], for: view) }
    let picture = try net.emit(Unsqueeze(axes: [2]), [input], for: view, part: "picture")
    let result = try net.emit(operation, [picture], for: view, part: "rows")
    return try net.emit(Squeeze(axes: [2]), [result], for: view)
  }

  /// Sets the padding of a transposed convolution so that its output has the wanted extents.
  mutating func choosePadding(forOutput wanted: [Int], input: [Int], added: inout [Int], oddBehind: Bool) {
    for axis in wanted.indices {
      let full = strides[axis] * (input[axis] - 1) + added[axis] + (kernel[axis] - 1) * dilations[axis] + 1
      let total = full - wanted[axis]
      if total < 0 {
        added[axis] -= total
        (before[axis], after[axis]) = (0, 0)
        continue
      }
      before[axis] = oddBehind ? total / 2 : total - total / 2
      after[axis] = total - before[axis]
    }
  }
}
