import CVector

/// A first pass that takes the products of a linear layer channel by channel.
///
/// Where the tail keeps channels apart up to a linear layer, what each channel adds to that layer's outputs is what
/// ablation needs, and the sum of it all is what the layer yields: its weights, the largest of such networks, are
/// read once for both.
struct BlockwisePass {
  let activations: Activations
  let products: BlockProducts

  /// The pass; nil for tails of another kind.
  init?(_ network: Network, _ input: Tensor, tail: TailAnalysis, keeping: [NodeID]) throws {
    let graph = network.graph
    guard !tail.folds(network.folding), tail.strategy == .linearDelta, let first = tail.frontier.first,
      let linear = tail.linear(first),
      network.device.precision == .float32, input.shape == graph[graph.input].shape
    else { return nil }
    let source = graph[first].inputs[0]
    let pass = Activations(
      batch: 1, input: input, device: network.device, origin: .input, values: [graph.input: Value(input)])
    try network.evaluate([tail.layer, source], in: pass)
    guard let value = pass[tail.layer], let maps = FeatureMaps(value), let with = pass[source],
      let without = try network.values(
        of: [source], replacing: [tail.layer: Tensor.zeros(value.shape)], base: pass)[source]
    else { return nil }
    try network.options.interrupt.check()
    let change = AblationEngine.difference(without, with)
    let rest = try Self.rest(of: linear, without, on: network.device)
    let (products, sum) = try BlockProducts.of(
      linear, change, of: maps, startingFrom: rest, in: network.device.pool)
    pass.keep(Value(sum.reshaped(graph[first].shape)), of: first)
    try network.evaluate(Set(keeping + [graph.logits, graph.output]), in: pass)
    activations = pass
    self.products = products
  }

  /// What the linear layer yields without any channel: its bias where nothing is left.
  private static func rest(of linear: Linear, _ without: Tensor, on device: Device) throws -> Tensor {
    if without.withValues({ $0.allSatisfy { $0 == 0 } }) {
      return linear.bias ?? .zeros([linear.weight.shape[0]])
    }
    return device.tensor(try linear.forward([Value(without.reshaped([1, without.count]))], on: device))
  }
}

/// What taking each channel away changes in the outputs of a linear layer.
struct BlockProducts: Sendable {
  /// The channels that are not zero; no other changes anything.
  let channels: [Int]
  /// One row for each of them, `[channels, outputs]`.
  let rows: Tensor

  /// The products of the layer's columns with what taking channels away changes in its input, and what is left of
  /// `start` when all of them are taken off it.
  static func of(
    _ linear: Linear, _ change: Tensor, of maps: FeatureMaps, startingFrom start: Tensor, in pool: BufferPool
  ) throws -> (BlockProducts, sum: Tensor) {
    let (outputs, inputs) = (linear.weight.shape[0], linear.weight.shape[1])
    let channels = maps.tensor.withValues { values in
      (0..<maps.channels).filter { channel in
        values[channel * maps.positions..<(channel + 1) * maps.positions].contains { $0 != 0 }
      }
    }
    try MemoryRoom.check(
      4 * channels.count * outputs, for: "what \(channels.count) channels change", releasing: pool.trim)
    let storage = TensorStorage(count: channels.count * outputs, from: pool)
    let sum = Tensor([outputs]) { sum in
      start.withValues { _ = sum.update(from: $0) }
      change.withValues { change in
        linear.weight.withValues { weight in
          if let w = weight.baseAddress, let x = change.baseAddress {
            cv_thin_products(
              w, x, channels, channels.count, inputs / maps.channels, inputs, outputs, storage.base,
              sum.baseAddress)
          }
        }
      }
    }
    return (
      BlockProducts(
        channels: channels, rows: Tensor(shape: [channels.count, outputs], storage: storage)), sum
    )
  }

  /// The rows of some channels under a batch of a shape: as they lie, where the channels follow one another.
  func value(of units: [Int], as shape: Shape, on device: Device) -> Value {
    let outputs = rows.shape[1]
    if let first = units.first, let start = channels.firstIndex(of: first),
      channels[start...].starts(with: units)
    {
      return Value(shape: shape, storage: rows.storage, offset: rows.offset + start * outputs)
    }
    let result = device.zeros(shape, .rowMajor)
    rows.withValues { rows in
      for (place, unit) in units.enumerated() {
        guard let row = channels.firstIndex(of: unit) else { continue }
        for output in 0..<outputs { result.pointer[place * outputs + output] = rows[row * outputs + output] }
      }
    }
    return result
  }
}
