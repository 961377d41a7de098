extension AblationEngine {
  /// For tails that begin with convolutions (every parallel branch) and perhaps a skip: a channel's removal is a thin
  /// update of each convolution's value; what reads the layer otherwise gets the edited maps.
  func convolutionDelta() throws -> UnitDeltas {
    let graph = tail.graph
    let steps = tail.frontier.map { ThinConvolution(at: $0, in: tail) }
    let sources = Array(Set(steps.map(\.source) + tail.edited)).sorted()
    let without = try valueWithoutAll(of: sources)
    let cutNodes = steps.map(\.updated)
    let with = try network.values(
      of: Array(Set(sources + cutNodes)).sorted(), replacing: [tail.layer: maps.tensor], base: base)
    let copies = tail.edited.compactMap { id -> EditedCopy? in
      guard let plain = with[id], let bare = without[id] else { return nil }
      return EditedCopy(node: id, with: plain, without: bare, channels: maps.channels)
    }
    let updates = try steps.map { step -> ThinUpdate in
      guard let value = with[step.updated], let plain = with[step.source], let bare = without[step.source]
      else {
        throw GraphError.notDownstream(node: graph[step.updated].name, of: tail.layerName)
      }
      return ThinUpdate(step: step, value: value, with: plain, without: bare, channels: maps.channels)
    }
    let cut = cutNodes + copies.map(\.node)
    let run = CutRun(network: network, base: base, cut: cut, wanted: hidden) { unit, buffers in
      for (update, buffer) in zip(updates, buffers) { update.write(unit, to: buffer) }
      for (copy, buffer) in zip(copies, buffers.dropFirst(updates.count)) { copy.write(unit, to: buffer) }
    }
    let changes = try run.changes(units: units, active: active, entryBytes: entryBytes(behind: cut))
    return wrapped(changes, .convolutionDelta)
  }
}

/// A local value with one channel's block taken from the value without any.
private struct EditedCopy {
  let node: NodeID
  let with: Tensor
  let without: Tensor
  let channels: Int

  func write(_ unit: Int?, to target: UnsafeMutableBufferPointer<Float>) {
    with.withValues { _ = target.update(from: $0) }
    guard let unit else { return }
    let width = with.count / channels
    without.withValues { values in
      for index in unit * width..<(unit + 1) * width { target[index] = values[index] }
    }
  }
}

/// The value of a convolution and what one channel adds to it.
private struct ThinUpdate {
  let step: ThinConvolution
  let value: Tensor
  let change: Tensor
  let channels: Int

  init(step: ThinConvolution, value: Tensor, with: Tensor, without: Tensor, channels: Int) {
    self.step = step
    self.value = value
    self.channels = channels
    change = with.withValues { with in
      without.withValues { without in
        Tensor(Shape([with.count])) { target in
          for index in target.indices { target[index] = with[index] - without[index] }
        }
      }
    }
  }

  func write(_ unit: Int?, to target: UnsafeMutableBufferPointer<Float>) {
    value.withValues { _ = target.update(from: $0) }
    guard let unit else { return }
    let width = change.count / channels
    change.withValues { change in
      step.subtract(
        UnsafeBufferPointer(rebasing: change[unit * width..<(unit + 1) * width]), block: unit,
        of: channels, from: target)
    }
  }
}
