internal import ModelIO

/// The window attributes that convolutions and pools share.
///
/// One-dimensional windows are laid out as rows of height one; of three dimensions, the extents are those of the last two.
struct ONNXWindow {
  let kernel: [Int]
  let strides: [Int]
  let dilations: [Int]
  private var before: [Int]
  private var after: [Int]

  init(_ view: ONNXNodeView, inputShape: [Int], kernel: [Int]) throws(ONNXImportError) {
    let rank = kernel.count
    guard (1...3).contains(rank) else {
      throw view.failure(.unsupported("windows of \(rank) dimensions (one to three are)"))
    }
    guard inputShape.count == rank + 2 else {
      throw view.failure(.invalid("a window of \(rank) dimensions over the shape \(Shape(inputShape))"))
    }
    guard !inputShape.contains(0) else {
      throw view.failure(.unsupported("a window over \(Shape(inputShape)), a value without elements"))
    }
    func list(_ name: String, count: Int, otherwise value: Int) throws(ONNXImportError) -> [Int] {
      let values = view.node.integers(name) ?? [Int](repeating: value, count: count)
      guard values.count == count else {
        throw view.failure(.invalid("'\(name)' has \(values.count) numbers, \(count) are wanted"))
      }
      if let value = values.first(where: { $0.magnitude >= 1 << 31 }) {
        throw view.failure(.invalid("'\(name)' has \(value)"))
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
    let pads = try list("pads", count: 2 * rank, otherwise: 0)
    if let amount = pads.first(where: { $0 < 0 }) {
      throw view.failure(.invalid("'pads' has \(amount), where 0 is the least"))
    }
    before = [Int](repeating: 0, count: rank)
    after = before
    switch automatic {
    case "NOTSET", "":
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

  /// Refuses padding that is stated beside a rule for it, unless both say the same.
  func refusePads(_ view: ONNXNodeView) throws(ONNXImportError) {
    guard let pads = view.node.integers("pads"), pads != before + after, pads.contains(where: { $0 != 0 })
    else { return }
    let rule = view.node.string("auto_pad") ?? "NOTSET"
    throw view.failure(.invalid("'pads' is \(pads) beside auto_pad '\(rule)'"))
  }

  /// Refuses padding in which a whole window fits: the value of that would be made of nothing.
  func refuseEmptyWindows(_ view: ONNXNodeView) throws(ONNXImportError) {
    for (axis, extent) in kernel.enumerated() {
      let reach = dilations[axis] * (extent - 1) + 1
      guard max(before[axis], after[axis]) < reach else {
        throw view.failure(
          .invalid(
            "'pads' has \(max(before[axis], after[axis])), as much as 'kernel_shape' \(Shape(kernel)) covers")
        )
      }
    }
  }

  /// Refuses places added behind a transposed convolution that no stride leaves there.
  func refuseAdded(_ added: [Int], wanted: [Int]?, _ view: ONNXNodeView) throws(ONNXImportError) {
    for (axis, count) in added.enumerated() where !(0..<max(strides[axis], dilations[axis]) ~= count) {
      let what =
        wanted.map { "'output_shape' \(Shape($0)) adds \(count) places" } ?? "'output_padding' is \(added)"
      throw view.failure(
        .invalid(
          "\(what), where strides of \(Shape(strides)) leave \(max(strides[axis], dilations[axis]) - 1)"))
    }
  }

  private init(kernel: [Int], strides: [Int], dilations: [Int], before: [Int], after: [Int]) {
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.before = before
    self.after = after
  }

  var isRow: Bool { kernel.count == 1 }
  var isVolume: Bool { kernel.count == 3 }
  var kernelExtent: Extent { extent(kernel, otherwise: 1) }
  var stride: Extent { extent(strides, otherwise: 1) }
  var dilation: Extent { extent(dilations, otherwise: 1) }
  var padding: Padding {
    let first = extent(before, otherwise: 0), last = extent(after, otherwise: 0)
    return Padding(top: first.height, left: first.width, bottom: last.height, right: last.width)
  }

  private func extent(_ values: [Int], otherwise height: Int) -> Extent {
    Extent(isRow ? height : values[values.count - 2], values[values.count - 1])
  }

  /// Of a window of three dimensions the part over each slice.
  var overSlices: ONNXWindow {
    ONNXWindow(
      kernel: Array(kernel[1...]), strides: Array(strides[1...]), dilations: Array(dilations[1...]),
      before: Array(before[1...]), after: Array(after[1...]))
  }

  /// Of a window of three dimensions the part along the depth, as a column of a picture.
  var alongDepth: ONNXWindow {
    ONNXWindow(
      kernel: [kernel[0], 1], strides: [strides[0], 1], dilations: [dilations[0], 1], before: [before[0], 0],
      after: [after[0], 0])
  }

  /// Weights of a row become weights of a picture of height one.
  func weights(_ tensor: Tensor) -> Tensor {
    guard isRow else { return tensor }
    let shape = tensor.shape
    return tensor.reshaped([shape[0], shape[1], 1, shape[2]])
  }

  /// Adds the operation that `make` gives, between reshapes where the window is a row, in two steps where it is a box.
  func applied(
    to input: ImportedValue, named name: String? = nil, _ view: ONNXNodeView, _ net: inout ONNXAssembler,
    make: (ONNXWindow) throws(ONNXImportError) -> any Operation
  ) throws(ONNXImportError) -> ImportedValue {
    if isVolume { return try ONNXVolumes.pool(input, self, named: name, view, &net, make: make) }
    let operation = try make(self)
    guard isRow else { return try net.emit(operation, [input], for: view, name: name) }
    let picture = try net.emit(Unsqueeze(axes: [2]), [input], for: view, part: "picture", name: name)
    let result = try net.emit(operation, [picture], for: view, part: "rows", name: name)
    return try net.emit(Squeeze(axes: [2]), [result], for: view, name: name)
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
