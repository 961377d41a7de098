extension AblationEngine {
  /// The tail on batches of edited maps, never the body.
  func editedTail(named strategy: AblationStrategy) throws -> UnitDeltas {
    let isAffine = tail.isAffine(behind: tail.layer)
    let run = CutRun(network: network, base: base, cut: [tail.layer], wanted: hidden) { unit, buffers in
      // An affine tail gets the difference alone, so that nothing cancels.
      if isAffine { writeDifference(unit, to: buffers[0]) } else { writeEdit(unit, to: buffers[0]) }
    }
    let changes = try run.changes(units: units, active: active, entryBytes: entryBytes(behind: [tail.layer]))
    return wrapped(changes, strategy)
  }

  /// Writes the edit minus the layer's value.
  private func writeDifference(_ unit: Int?, to target: UnsafeMutableBufferPointer<Float>) {
    target.update(repeating: 0)
    guard let unit else { return }
    let positions = maps.positions
    maps.tensor.withValues { values in
      switch self.unit {
      case .channel:
        for index in unit * positions..<(unit + 1) * positions {
          target[index] = baseline[unit] - values[index]
        }
      case .spatial:
        for channel in 0..<maps.channels {
          let index = channel * positions + unit
          target[index] = baseline[channel] - values[index]
        }
      }
    }
  }
}
