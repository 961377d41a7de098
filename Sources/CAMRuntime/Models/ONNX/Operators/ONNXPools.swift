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
    "GlobalAveragePool": { view, net throws(ONNXImportError) in
      [try global(view, &net, picture: GlobalAveragePool()) { ReduceMean(axes: $0) }]
    },
    "GlobalMaxPool": { view, net throws(ONNXImportError) in
      [try global(view, &net, picture: GlobalMaxPool()) { ReduceMax(axes: $0) }]
    },
  ]

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
    return try pool(view, &net, output: 1) { window throws(ONNXImportError) in
      if window.isVolume { throw view.failure(.unsupported("indices of maxima of volumes")) }
      return MaxPoolIndices(of: greatest(window, view), countsColumns: countsColumns)
    }
  }

  private static func pool(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler, output: Int = 0,
    make: (ONNXWindow) throws(ONNXImportError) -> any Operation
  ) throws(ONNXImportError) -> ImportedValue {
    guard let kernel = view.node.integers("kernel_shape") else {
      throw view.failure(.missing("'kernel_shape'"))
    }
    let input = try view.input(0)
    let window = try ONNXWindow(view, inputShape: net.shape(of: input), kernel: kernel)
    return try window.applied(to: input, output: output, view, &net, make: make)
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
