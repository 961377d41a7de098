internal import ModelIO

/// Windows over volumes, `[N, C, D, H, W]`, written out in operations on pictures.
enum ONNXVolumes {
  /// A pool whose values over a box are those over its depth of those over its slices, as greatest values and means are.
  static func pool(
    _ input: ImportedValue, _ window: ONNXWindow, named name: String?, _ view: ONNXNodeView,
    _ net: inout ONNXAssembler, make: (ONNXWindow) throws(ONNXImportError) -> any Operation
  ) throws(ONNXImportError) -> ImportedValue {
    let shape = net.shape(of: input)
    let slices = try net.emit(
      Reshape([0, shape[1] * shape[2], shape[3], shape[4]]), [input], for: view, part: "slices", name: name)
    let flat = try net.emit(make(window.overSlices), [slices], for: view, part: "flat", name: name)
    let (rows, columns) = (net.shape(of: flat)[2], net.shape(of: flat)[3])
    let stacks = try net.emit(
      Reshape([0, shape[1], shape[2], rows * columns]), [flat], for: view, part: "stacks", name: name)
    let pooled = try net.emit(make(window.alongDepth), [stacks], for: view, part: "pooled", name: name)
    return try net.emit(
      Reshape([0, shape[1], net.shape(of: pooled)[2], rows, columns]), [pooled], for: view, name: name)
  }

  /// A convolution: taps along the depth become channels, places along it entries of the batch.
  static func convolution(
    _ input: ImportedValue, _ window: ONNXWindow, weight: Tensor, bias: Tensor?, _ view: ONNXNodeView,
    _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let shape = net.shape(of: input), taps = window.kernel[0]
    let depth = window.alongDepth, slices = window.overSlices
    let reach = (taps - 1) * depth.dilation.height + 1
    let room = shape[2] + depth.padding.top + depth.padding.bottom - reach
    guard room >= 0 else { throw view.failure(.invalid("the window is deeper than the padded input")) }
    let places = room / depth.stride.height + 1
    var padded = input
    if depth.padding.top != 0 || depth.padding.bottom != 0 {
      let pad = Pad(before: [0, 0, depth.padding.top, 0, 0], after: [0, 0, depth.padding.bottom, 0, 0])
      padded = try net.emit(pad, [input], for: view, part: "padded")
    }
    var parts: [ImportedValue] = []
    for tap in 0..<taps {
      let start = tap * depth.dilation.height
      let end = start + (places - 1) * depth.stride.height + 1
      let slice = Slice(starts: [start], ends: [end], axes: [2], steps: [depth.stride.height])
      let part = try net.emit(slice, [padded], for: view, part: "tap\(tap)")
      parts.append(try net.emit(Unsqueeze(axes: [2]), [part], for: view, part: "tap\(tap)/channel"))
    }
    let stacked = try parts.count == 1 ? parts[0] : net.emit(Concat(axis: 2), parts, for: view, part: "taps")
    let ordered = try net.emit(Transpose([0, 3, 1, 2, 4, 5]), [stacked], for: view, part: "ordered")
    let pictures = try net.emit(
      Reshape([-1, shape[1] * taps, shape[3], shape[4]]), [ordered], for: view, part: "pictures")
    let kernel = weight.shape
    let convolution = Convolution(
      weight: weight.reshaped([kernel[0], kernel[1] * taps, kernel[3], kernel[4]]), bias: bias,
      stride: slices.stride, padding: slices.padding, dilation: slices.dilation,
      groups: view.node.integer("group") ?? 1)
    let flat = try net.emit(convolution, [pictures], for: view, part: "flat")
    let found = net.shape(of: flat)
    let split = try net.emit(Reshape([-1, places] + found[1...]), [flat], for: view, part: "split")
    return try net.emit(Transpose([0, 2, 1, 3, 4]), [split], for: view)
  }

  /// A transposed convolution: each slice gives one for each tap along the depth, and those that meet at a place add up.
  static func transposedConvolution(
    _ input: ImportedValue, _ window: ONNXWindow, weight: Tensor, bias: Tensor?, added: [Int],
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let shape = net.shape(of: input), kernel = weight.shape, taps = kernel[2]
    let groups = view.node.integer("group") ?? 1
    let (channels, overflow) = kernel[1].multipliedReportingOverflow(by: groups)
    guard groups > 0, !overflow, channels > 0, taps <= 1 << 10, channels <= 1 << 24 / (taps * taps) else {
      throw view.failure(.unsupported("\(taps) taps along the depth in \(groups) groups of \(kernel[1])"))
    }
    let depth = window.alongDepth, slices = window.overSlices
    let ordered = try net.emit(Transpose([0, 2, 1, 3, 4]), [input], for: view, part: "ordered")
    let pictures = try net.emit(
      Reshape([-1, shape[1], shape[3], shape[4]]), [ordered], for: view, part: "pictures")
    let enlarging = TransposedConvolution(
      weight: weight.reshaped([kernel[0], kernel[1] * taps, kernel[3], kernel[4]]), stride: slices.stride,
      padding: slices.padding, dilation: slices.dilation, groups: groups,
      outputPadding: Extent(added[1], added[2]))
    let flat = try net.emit(enlarging, [pictures], for: view, part: "flat")
    let (rows, columns) = (net.shape(of: flat)[2], net.shape(of: flat)[3])
    let split = try net.emit(
      Reshape([-1, shape[2], channels * taps, rows * columns]), [flat], for: view, part: "split")
    let stacks = try net.emit(Transpose([0, 2, 1, 3]), [split], for: view, part: "stacks")
    let joining = TransposedConvolution(
      weight: taking(taps, of: channels), bias: bias, stride: depth.stride, padding: depth.padding,
      dilation: depth.dilation, groups: channels, outputPadding: Extent(added[0], 0))
    let joined = try net.emit(joining, [stacks], for: view, part: "joined")
    return try net.emit(
      Reshape([0, channels, net.shape(of: joined)[2], rows, columns]), [joined], for: view)
  }

  /// Weights that put the value of tap t at the t-th place of the window.
  private static func taking(_ taps: Int, of channels: Int) -> Tensor {
    Tensor([channels * taps, 1, taps, 1]) { target in
      for row in 0..<channels * taps { target[row * taps + row % taps] = 1 }
    }
  }
}
