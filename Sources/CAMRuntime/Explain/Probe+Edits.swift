extension Probe {
  /// The scores of edited maps of the layer: the tail on batches, never the body.
  ///
  /// `write` writes one edited copy of the layer's value; it finds the layer's own value there.
  package func scores(
    _ score: Score, ofEdits count: Int, write: (Int, UnsafeMutableBufferPointer<Float>) -> Void
  ) throws -> [Double] {
    let shape = maps.tensor.shape
    return try batches(of: score, count: count, entryBytes: tailEntryBytes) { range in
      let edits = maps.tensor.withValues { original in
        Tensor(shape.withBatch(range.count)) { target in
          let size = shape.count
          for (place, edit) in range.enumerated() {
            let copy = UnsafeMutableBufferPointer(rebasing: target[place * size..<(place + 1) * size])
            _ = copy.update(from: original)
            write(edit, copy)
          }
        }
      }
      let values = try tailNetwork.values(
        of: [network.graph.logits], replacing: [tail.layer: edits], base: activations)
      return values[network.graph.logits]
    }
  }

  /// The scores of edited pictures: the whole network on batches.
  ///
  /// `write` writes one edited copy of the network's input; it finds the input itself there.
  package func scores(
    _ score: Score, ofInputs count: Int, write: (Int, UnsafeMutableBufferPointer<Float>) -> Void
  ) throws -> [Double] {
    let size = input.count
    return try batches(of: score, count: count, entryBytes: bodyEntryBytes) { range in
      let inputs = input.withValues { original in
        Tensor(input.shape.withBatch(range.count)) { target in
          for (place, edit) in range.enumerated() {
            let copy = UnsafeMutableBufferPointer(rebasing: target[place * size..<(place + 1) * size])
            _ = copy.update(from: original)
            write(edit, copy)
          }
        }
      }
      return try network.forward(inputs, keeping: [])[network.graph.logits]
    }
  }

  private func batches(
    of score: Score, count: Int, entryBytes: Int, run: (Range<Int>) throws -> Tensor?
  ) throws -> [Double] {
    let size = CutRun.batchSize(
      entries: count, entryBytes: entryBytes, limit: network.options.memoryLimit, most: 32)
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
    }
    return scores
  }

  private var tailEntryBytes: Int {
    4 * tail.nodes.reduce(maps.tensor.count) { $0 + network.graph[$1].shape.count }
  }

  private var bodyEntryBytes: Int {
    // Values live only until they are read; a network's largest few bound what is alive at a time.
    16 * (network.graph.nodes.map(\.shape.count).max() ?? 1) + 4 * input.count
  }
}
