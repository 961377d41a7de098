/// Pools.
enum KerasPools {
  static let importers: [String: KerasLayerImporter] = [
    "MaxPooling2D": greatest, "MaxPool2D": greatest, "AveragePooling2D": mean, "AvgPool2D": mean,
    "GlobalAveragePooling2D": globalMean, "GlobalAvgPool2D": globalMean,
    "GlobalMaxPooling2D": globalGreatest, "GlobalMaxPool2D": globalGreatest,
  ]

  private static func window(
    _ call: KerasCall
  ) throws(KerasImportError) -> (input: KerasValue, kernel: Extent, stride: Extent, padding: Padding) {
    let input = try call.map()
    let kernel = try call.extent("pool_size", otherwise: 2)
    let stride = try call.extent("strides", otherwise: kernel)
    return (input, kernel, stride, try call.margins(input, kernel: kernel, stride: stride))
  }

  @Sendable private static func greatest(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let (input, kernel, stride, padding) = try window(call)
    return try net.emit(MaxPool(kernel: kernel, stride: stride, padding: padding), input, call)
  }

  @Sendable private static func mean(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let (input, kernel, stride, padding) = try window(call)
    return try net.emit(
      AveragePool(kernel: kernel, stride: stride, padding: padding, countsPadding: false), input, call)
  }

  @Sendable private static func globalMean(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    try whole(GlobalAveragePool(), &net, call)
  }

  @Sendable private static func globalGreatest(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    try whole(GlobalMaxPool(), &net, call)
  }

  private static func whole(
    _ operation: any Operation, _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try call.map()
    if call.flag("keepdims", otherwise: false) { return try net.emit(operation, input, call) }
    return try net.emit(Flatten(), try net.emit(operation, input, call, part: "/pool"), call)
  }
}
