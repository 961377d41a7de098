import CVector

/// A first pass that takes the products of a linear layer channel by channel.
///
/// Where the tail keeps channels apart up to a linear layer, what each channel adds to that layer's outputs is what
/// ablation needs, and the sum of it all is what the layer yields: its weights, the largest of such networks, are
/// read once for both.
struct BlockwisePass {
  let activations: Activations
  /// What each channel adds to the outputs of the linear layer, `[channels, outputs]`.
  let products: Tensor

  /// The pass; nil for tails of another kind.
  init?(_ network: Network, _ input: Tensor, tail: TailAnalysis, keeping: [NodeID]) throws {
    let graph = network.graph
    guard tail.strategy == .linearDelta, let first = tail.frontier.first, let linear = tail.linear(first),
      network.options.precision == .float32, input.shape == graph[graph.input].shape
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
    let change = AblationEngine.difference(with, without)
    let products = Self.products(of: linear, change, blocks: maps.channels, network.device.pool)
    let rest = try Self.rest(of: linear, without, on: network.device)
    let sum = Self.sum(of: products, plus: rest)
    pass.keep(Value(sum.reshaped(graph[first].shape)), of: first)
    try network.evaluate(Set(keeping + [graph.logits, graph.output]), in: pass)
    activations = pass
    self.products = products
  }

  private static func products(of linear: Linear, _ change: Tensor, blocks: Int, _ pool: BufferPool) -> Tensor
  {
    let (outputs, inputs) = (linear.weight.shape[0], linear.weight.shape[1])
    let width = inputs / blocks
    let storage = TensorStorage(count: blocks * outputs, from: pool)
    change.withValues { change in
      linear.weight.withValues { weight in
        // A dead channel adds nothing; its row is zero and its columns are not read.
        let active = (0..<blocks).filter { block in
          change[block * width..<(block + 1) * width].contains { $0 != 0 }
        }
        if let w = weight.baseAddress, let x = change.baseAddress {
          cv_thin_products(w, x, active, active.count, width, inputs, outputs, storage.base)
        }
        // Rows were written one after the other; each moves to its channel's place, the last first.
        var place = active.count
        for block in (0..<blocks).reversed() {
          let row = storage.base + block * outputs
          if place > 0, active[place - 1] == block {
            place -= 1
            if place != block { row.update(from: storage.base + place * outputs, count: outputs) }
          } else {
            row.update(repeating: 0, count: outputs)
          }
        }
      }
    }
    return Tensor(shape: [blocks, outputs], storage: storage)
  }

  /// What the linear layer yields without any channel: its bias where nothing is left.
  private static func rest(of linear: Linear, _ without: Tensor, on device: Device) throws -> Tensor {
    if without.withValues({ $0.allSatisfy { $0 == 0 } }) {
      return linear.bias ?? .zeros([linear.weight.shape[0]])
    }
    return device.tensor(try linear.forward([Value(without.reshaped([1, without.count]))], on: device))
  }

  private static func sum(of products: Tensor, plus rest: Tensor) -> Tensor {
    let (blocks, outputs) = (products.shape[0], products.shape[1])
    return Tensor([outputs]) { target in
      products.withValues { products in
        rest.withValues { rest in
          inParallel(outputs, grain: 256) { range in
            for output in range { target[output] = rest[output] }
            for block in 0..<blocks {
              for output in range { target[output] += products[block * outputs + output] }
            }
          }
        }
      }
    }
  }
}
