internal import ModelIO

/// A layer of a Keras network at the place where it is called.
struct KerasCall {
  let layer: KerasNetwork.Layer
  /// The networks around it, the outermost first.
  let scope: [String]
  let inputs: [KerasValue]
  /// Numbers among what it reads, where they stand behind the values.
  let numbers: [Float]
  /// Whether the first of what it reads is a number.
  let numberIsFirst: Bool
  /// Whether Keras 3 wrote the file: it changed `hard_sigmoid`.
  let isKeras3: Bool

  func error(_ cause: KerasImportError.Cause) -> KerasImportError {
    KerasImportError(cause, layer: layer.name, kind: layer.kind)
  }

  /// The only input.
  func input() throws(KerasImportError) -> KerasValue {
    guard inputs.count == 1, numbers.isEmpty else {
      throw error(.unsupported("\(inputs.count + numbers.count) inputs"))
    }
    return inputs[0]
  }

  /// The only input, which must be a map.
  func map() throws(KerasImportError) -> KerasValue {
    let value = try input()
    guard value.isMap else { throw error(.invalid("it reads \(value.shape), a map is wanted")) }
    if text("data_format") == "channels_first" { throw error(.unsupported("data_format=channels_first")) }
    return value
  }

  func text(_ name: String) -> String? { layer.config[name]?.string }

  func flag(_ name: String, otherwise value: Bool) -> Bool {
    if case .bool(let flag) = layer.config[name] { flag } else { value }
  }

  func number(_ names: String..., otherwise value: Float) -> Float {
    names.lazy.compactMap { layer.config[$0]?.number }.first ?? value
  }

  /// A whole number in the range that a layer's extents can have.
  func count(_ name: String, otherwise value: Int? = nil) throws(KerasImportError) -> Int {
    guard let count = layer.config[name]?.integer ?? value, 0 < count, count < 1 << 20 else {
      throw error(.invalid("'\(name)' is no number of at least 1"))
    }
    return count
  }

  /// One number for both extents, or [height, width].
  func extent(_ name: String, otherwise value: Extent? = 1) throws(KerasImportError) -> Extent {
    var found = layer.config[name].flatMap(\.integer).map { Extent($0) } ?? value
    if let list = layer.config[name]?.array?.compactMap(\.integer), list.count == 2 {
      found = Extent(list[0], list[1])
    }
    guard let found, (1..<1 << 20).contains(found.height), (1..<1 << 20).contains(found.width) else {
      throw error(.invalid("'\(name)' is no pair of numbers of at least 1"))
    }
    return found
  }

  /// Zeros around a map: those that the layer's `padding` asks for.
  func margins(
    _ input: KerasValue, kernel: Extent, stride: Extent, dilation: Extent = 1
  ) throws(KerasImportError) -> Padding {
    switch text("padding") ?? text("border_mode") ?? "valid" {
    case "valid": return .none
    case "same":
      return .same(
        input: Extent(input.shape[2], input.shape[3]), kernel: kernel, stride: stride, dilation: dilation)
    case let other: throw error(.unsupported("padding=\(other)"))
    }
  }

  /// `[[top, bottom], [left, right]]`, `[rows, columns]` or one number.
  func sides(_ name: String) throws(KerasImportError) -> Padding {
    let list = layer.config[name]?.array ?? [JSONDocument](repeating: layer.config[name] ?? .null, count: 2)
    let pairs = list.map { $0.array?.compactMap(\.integer) ?? [Int](repeating: $0.integer ?? -1, count: 2) }
    guard pairs.count == 2, pairs.allSatisfy({ $0.count == 2 && $0.allSatisfy { 0 <= $0 && $0 < 1 << 20 } })
    else {
      throw error(.invalid("'\(name)' is no number of rows and columns"))
    }
    return Padding(top: pairs[0][0], left: pairs[1][0], bottom: pairs[0][1], right: pairs[1][1])
  }

  /// Whether `axis` (a number or a list of one) is that of the channels; Keras counts them last.
  func isChannelAxis(_ input: KerasValue, otherwise value: Int = -1) -> Bool {
    let stated = layer.config["axis"]
    let axis = stated?.integer ?? stated?.array?.first?.integer ?? value
    return (stated?.array?.count ?? 1) == 1 && (axis == -1 || axis == input.shape.rank - 1)
  }
}
