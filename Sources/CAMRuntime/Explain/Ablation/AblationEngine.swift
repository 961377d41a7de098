/// Takes units of a layer away, one at a time, and says what that changes.
package struct AblationEngine {
  let network: Network
  let tail: TailAnalysis
  let maps: FeatureMaps
  let base: Activations
  let input: Tensor
  let unit: AblationUnit
  /// What each channel becomes where it is taken away.
  let baseline: [Float]
  /// What taking each channel away changes in the first linear layer behind, where it is known already.
  let blockProducts: BlockProducts?
  /// What multiplies changes in 16 bits, where they are rounded; the values that they change never are.
  let rounding: Device?

  /// Takes units of the layer of a probe away.
  package init(of probe: Probe, unit: AblationUnit, baseline: AblationBaseline) {
    network = probe.tailNetwork
    tail = probe.tail
    maps = probe.maps
    base = probe.activations
    input = probe.input
    self.unit = unit
    self.baseline = baseline.values(of: probe.maps)
    rounding = probe.rounding
    blockProducts = unit == .channel && baseline == .zero ? probe.blockProducts : nil
  }

  /// The changes by the cheapest exact way, or by the one that is asked for.
  package func deltas(by strategy: AblationStrategy? = nil) throws -> UnitDeltas {
    if tail.folds(network.folding), strategy != .naive { return try foldedTail() }
    switch strategy ?? automatic {
    case .closedForm:
      return unit == .spatial ? try editedTail(named: .closedForm) : try closedForm()
    case .linearDelta: return try linearDelta()
    case .convolutionDelta: return try convolutionDelta()
    case .editedTail: return try editedTail(named: .editedTail)
    case .naive: return try naiveLoop()
    }
  }

  /// The strategy for the unit.
  var automatic: AblationStrategy {
    switch unit {
    case .channel: tail.strategy
    case .spatial: tail.isAffine(behind: tail.layer) ? .closedForm : .editedTail
    }
  }

  /// The number of units.
  var units: Int { unit == .channel ? maps.channels : maps.positions }

  /// The units whose removal changes anything; for the others the drop is exactly zero.
  var active: [Int] {
    let positions = maps.positions
    return maps.tensor.withValues { values in
      switch unit {
      case .channel:
        return (0..<maps.channels).filter { channel in
          values[channel * positions..<(channel + 1) * positions].contains { $0 != baseline[channel] }
        }
      case .spatial:
        return (0..<positions).filter { position in
          (0..<maps.channels).contains { values[$0 * positions + position] != baseline[$0] }
        }
      }
    }
  }

  /// The node up to which changes are computed: what the last linear layer reads, or else the logits.
  var hidden: NodeID {
    tail.lastLinear.map { tail.graph[$0.node].inputs[0] } ?? tail.graph.logits
  }

  /// What the tail behind a cut makes of each unit's removal.
  func run(_ cut: [any ChangeSource], _ strategy: AblationStrategy) throws -> UnitDeltas {
    let run = try ChangeRun(
      network: network, layer: tail.layer, maps: maps.tensor, base: base, cut: cut, wanted: hidden,
      rounding: rounding)
    let changes = try run.changes(units: units, active: active)
    let classes = tail.graph[tail.graph.logits].shape.count
    let form: UnitDeltas.Form = tail.lastLinear.map { .hidden(changes, $0.operation) } ?? .logits(changes)
    return UnitDeltas(form: form, units: units, classes: classes, strategy: strategy)
  }

  /// The value of a node with every channel at its baseline, of a batch of one.
  func valueWithoutAll(of ids: [NodeID]) throws -> [NodeID: Tensor] {
    let everything = maps.like { target in
      for channel in 0..<maps.channels {
        for index in channel * maps.positions..<(channel + 1) * maps.positions {
          target[index] = baseline[channel]
        }
      }
    }
    return try network.values(of: ids, replacing: [tail.layer: everything.tensor], base: base)
  }

  /// `left - right` as one row.
  static func difference(_ left: Tensor, _ right: Tensor) -> Tensor {
    left.withValues { left in
      right.withValues { right in
        Tensor([left.count]) { target in
          for index in target.indices { target[index] = left[index] - right[index] }
        }
      }
    }
  }
}
