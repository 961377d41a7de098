extension Probe {
  /// The scores of edited maps of the layer: the tail on batches, never the body.
  ///
  /// `write` writes one edited copy of the layer's value; it finds the layer's own value there, and
  /// is called for several copies at the same time.
  package func scores(
    _ score: Score, ofEdits count: Int, write: (Int, UnsafeMutableBufferPointer<Float>) -> Void
  ) throws -> [Double] {
    let shape = maps.tensor.shape
    let work = network.graph.largestWork(behind: [tail.layer])
    let isApart = try tailNetwork.keepsEditsApart(behind: tail, of: maps.tensor, base: activations)
    return try batches(
      of: score, count: count, entryBytes: tail.entryBytes, entryWork: work, isApart: isApart
    ) { range in
      let edits = maps.tensor.withValues { original in
        Tensor(shape.withBatch(range.count)) { target in
          let size = shape.count
          inParallel(range.count) { places in
            for place in places {
              let copy = UnsafeMutableBufferPointer(rebasing: target[place * size..<(place + 1) * size])
              _ = copy.update(from: original)
              write(range.lowerBound + place, copy)
            }
          }
        }
      }
      let values = try tailNetwork.values(
        of: [network.graph.logits], replacing: [tail.layer: edits], base: activations, amongMany: true)
      return values[network.graph.logits]
    }
  }

  /// The scores of edited pictures: the whole network on batches.
  ///
  /// `write` writes one edited copy of the network's input; it finds the input itself there, and is
  /// called for several copies at the same time.
  package func scores(
    _ score: Score, ofInputs count: Int, write: (Int, UnsafeMutableBufferPointer<Float>) -> Void
  ) throws -> [Double] {
    let size = input.count
    let work = network.graph.largestWork(behind: [network.graph.input])
    // Thirty-two pictures of most networks, whose last layers then are fast; the first, which are large, see slices of them.
    return try batches(
      of: score, count: count, entryBytes: bodyEntryBytes, entryWork: work, usual: 704 << 20,
      isApart: network.keepsEntriesApart(input)
    ) { range in
      // Memory of the pool, which the next batch takes again: fresh memory of this size would have to be cleared each time.
      let shape = input.shape.withBatch(range.count)
      let storage = TensorStorage(count: shape.count, from: network.device.pool)
      input.withValues { original in
        inParallel(range.count) { places in
          for place in places {
            let copy = UnsafeMutableBufferPointer(start: storage.base + place * size, count: size)
            _ = copy.update(from: original)
            write(range.lowerBound + place, copy)
          }
        }
      }
      let inputs = Tensor(shape: shape, storage: storage)
      return try network.forward(inputs, keeping: [], amongMany: true)[network.graph.logits]
    }
  }

  private func batches(
    of score: Score, count: Int, entryBytes: Int, entryWork: Int, usual: Int = 64 << 20,
    isApart: Bool, run: (Range<Int>) throws -> Tensor?
  ) throws -> [Double] {
    let size = BatchSize.of(
      entries: count, entryBytes: entryBytes, entryWork: entryWork, in: network, usual: usual,
      most: isApart ? 32 : 1)
    let classes = logits.count
    var scores: [Double] = []
    scores.reserveCapacity(count)
    var next = 0
    while next < count {
      try network.options.interrupt.check()
      let range = next..<min(next + size, count)
      guard let values = try run(range) else { break }
      values.withValues { values in
        for place in 0..<range.count {
          scores.append(score.value(of: values[place * classes..<(place + 1) * classes].map { Double($0) }))
        }
      }
      next = range.upperBound
      try network.meter.step(next, of: count)
    }
    return scores
  }

  private var bodyEntryBytes: Int {
    // Values live only until they are read; a network's largest few bound what is alive at a time.
    16 * (network.graph.nodes.map(\.shape.count).max() ?? 1) + 4 * input.count
  }
}

extension Graph {
  /// The multiplications of the largest convolution or linear layer behind some nodes, for one entry of a batch.
  func largestWork(behind nodes: Set<NodeID>) -> Int {
    let behind = nodes.reduce(into: Set<NodeID>()) { $0.formUnion(dependents(of: $1)) }
    return behind.reduce(1) { most, id in
      switch self[id].operation {
      case let convolution as Convolution:
        max(most, self[id].shape.count * convolution.weight.shape.count / max(convolution.weight.shape[0], 1))
      case let linear as Linear: max(most, linear.weight.count)
      default: most
      }
    }
  }
}
