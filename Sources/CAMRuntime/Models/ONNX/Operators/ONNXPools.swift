internal import ModelIO

/// Pools over windows and over whole maps.
enum ONNXPools {
  static let importers: [String: ONNXOperatorImporter] = [
    "MaxPool": { view, net throws(ONNXImportError) in
      let values = try pool(view, &net) { window throws(ONNXImportError) in greatest(window, view) }
      return view.wantsOutput(1) ? [values, try indices(view, &net)] : [values]
    },
    "AveragePool": { view, net throws(ONNXImportError) in
      [
        try pool(view, &net) { window throws(ONNXImportError) in
          AveragePool(
            kernel: window.kernelExtent, stride: window.stride, padding: window.padding,
            dilation: window.dilation, ceilMode: view.node.integer("ceil_mode") == 1,
            countsPadding: view.node.integer("count_include_pad") == 1)
        }
      ]
    },
    "LpPool": { view, net throws(ONNXImportError) in [try length(view, &net)] },
    "GlobalAveragePool": { view, net throws(ONNXImportError) in
      [try global(view, &net, picture: GlobalAveragePool()) { ReduceMean(axes: $0) }]
    },
    "GlobalMaxPool": { view, net throws(ONNXImportError) in
      [try global(view, &net, picture: GlobalMaxPool()) { ReduceMax(axes: $0) }]
    },
  ]

  /// The p-th root of the sum of p-th powers: the mean times the window's size, the padding being zeros.
  private static func length(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let power = Float(view.node.integer("p") ?? 2)
    let kernel = view.node.integers("kernel_shape") ?? []
    guard power > 0, view.node.integer("ceil_mode") != 1 else {
      throw view.failure(.unsupported("powers below one, and windows that hang over"))
    }
    let sizes = try net.emit(Abs(), [try view.input(0)], for: view, part: "sizes")
    let terms = try net.emit(Pow(exponent: power), [sizes], for: view, part: "terms")
    let mean = try pool(view, &net, of: terms, named: "\(view.valueName)/mean") {
      window throws(ONNXImportError) in
      AveragePool(
        kernel: window.kernelExtent, stride: window.stride, padding: window.padding,
        dilation: window.dilation)
    }
    let count = kernel.reduce(Float(1)) { $0 * Float($1) }
    let sum = try net.emit(Scale(factor: count), [mean], for: view, part: "sum")
    return try net.emit(Pow(exponent: 1 / power), [sum], for: view)
  }

  private static func greatest(_ window: ONNXWindow, _ view: ONNXNodeView) -> MaxPool {
    MaxPool(
      kernel: window.kernelExtent, stride: window.stride, padding: window.padding, dilation: window.dilation,
      ceilMode: view.node.integer("ceil_mode") == 1)
  }

  /// Where the greatest values lie in the input.
  private static func indices(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let countsColumns = view.node.integer("storage_order") == 1
    return try pool(view, &net, named: view.node.outputs[1]) { window throws(ONNXImportError) in
      if window.isVolume { throw view.failure(.unsupported("indices of maxima of volumes")) }
      return MaxPoolIndices(of: greatest(window, view), countsColumns: countsColumns)
    }
  }

  private static func pool(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler, of value: ImportedValue? = nil,
    named name: String? = nil,
    make: (ONNXWindow) throws(ONNXImportError) -> any Operation
  ) throws(ONNXImportError) -> ImportedValue {
    guard let kernel = view.node.integers("kernel_shape") else {
      throw view.failure(.missing("'kernel_shape'"))
    }
    let input = if let value { value } else { try view.input(0) }
    let window = try ONNXWindow(view, inputShape: net.shape(of: input), kernel: kernel)
    try window.refuseEmptyWindows(view)
    return try window.applied(to: input, named: name, view, &net, make: make)
  }

  private static func global(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler, picture: any Operation,
    otherwise: ([Int]) -> any Operation
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    let rank = net.shape(of: input).count
    if rank == 4 { return try net.emit(picture, [input], for: view) }
    guard rank > 2 else { throw view.failure(.invalid("a pool over a value of rank \(rank)")) }
    return try net.emit(otherwise(Array(2..<rank)), [input], for: view)
  }
}
