internal import CVector

/// What weights packed for changes depend on.
struct ChangeWeightsKey: Hashable {
  let weights: ObjectIdentifier
  let offset: Int
  let norm: ObjectIdentifier?
  let halves: Bool
}

extension Device {
  /// Whether the loops on changes take a convolution.
  func takesChanges(_ convolution: Convolution, halves: Bool) -> Bool {
    convolution.groups == 1 && convolution.weight.shape[0] % (halves ? 32 : 16) == 0
      && convolution.weight.shape[1] >= 16
  }

  /// What a convolution and a normalisation behind it make of changes, plus the residual's changes; with `base`, the value
  /// that this changes, cut to a range: the change of the cut value.
  func changes(
    of convolution: Convolution, then norm: BatchNorm?, on input: Value, residual: Value?, base: Value?,
    low: Float, high: Float, halves: Bool
  ) throws -> Value {
    let source = value(input, as: .channelsLast)
    let added = residual.map { value($0, as: .channelsLast) }
    let shape = try convolution.outputShape(of: [source.shape])
    let geometry = convolution.geometry(source.shape, shape)
    let result = allocate(shape, .channelsLast)
    var problem = cv_changes(
      entries: shape[0], inputs: geometry.inputs, outputs: geometry.outputs, h: geometry.input.height,
      w: geometry.input.width, oh: geometry.output.height, ow: geometry.output.width,
      kh: geometry.kernel.height, kw: geometry.kernel.width, sh: geometry.stride.height,
      sw: geometry.stride.width, dh: geometry.dilation.height, dw: geometry.dilation.width,
      top: geometry.padding.top, left: geometry.padding.left, halves: halves ? 1 : 0)
    let weights = changeWeights(of: convolution, then: norm, halves: halves)
    cv_change_products(
      &problem, source.pointer, weights[0].base, added?.pointer, base?.pointer, low, high, result.pointer)
    withExtendedLifetime((source, added, base, weights)) {}
    return result
  }

  /// Weights, group by group, as the loops on changes read them.
  func changeWeights(of convolution: Convolution, then norm: BatchNorm?, halves: Bool) -> [TensorStorage] {
    let weight = convolution.weight
    let key = ChangeWeightsKey(
      weights: ObjectIdentifier(weight.storage), offset: weight.offset,
      norm: norm.map { ObjectIdentifier($0.scale.storage) }, halves: halves)
    if let known = changeWeights[key] { return known.packed }
    let outputs = weight.shape[0], inputs = weight.shape[1], taps = weight.shape[2] * weight.shape[3]
    let factors = norm?.affine.factors
    // A row of weights is [I, kh, kw]; the loops read [kh, kw, I].
    let order = (0..<taps).flatMap { tap in (0..<inputs).map { Int32($0 * taps + tap) } }
    let each = outputs / convolution.groups
    let packed = weight.withValues { values -> [TensorStorage] in
      guard let base = values.baseAddress else { return [] }
      return (0..<convolution.groups).map { group in
        let own = factors.map { Array($0[group * each..<(group + 1) * each]) }
        let rows = base + group * each * inputs * taps
        let count = cv_packed_count(each, inputs * taps)
        let storage = TensorStorage(count: halves ? count / 2 : count)
        if halves {
          cv_pack_changes_bf16(rows, own, order, storage.base, each, inputs * taps)
        } else {
          cv_pack(rows, own, order, storage.base, each, inputs * taps)
        }
        return storage
      }
    }
    changeWeights[key] = (weight.storage, norm?.scale.storage, packed)
    return packed
  }

  /// What a cut to a range makes of changes of `base`, a value of one entry.
  func cutChanges(_ change: Value, of base: Value, low: Float, high: Float) -> Value {
    let own = value(base, as: change.layout)
    let result = allocate(change.shape, change.layout)
    cv_change_cut(
      change.pointer, own.pointer, low, high, change.batch, change.count / max(change.batch, 1),
      result.pointer)
    withExtendedLifetime(own) {}
    return result
  }
}
