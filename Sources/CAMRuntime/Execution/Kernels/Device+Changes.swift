internal import CVector

/// What weights packed for changes depend on.
struct ChangeWeightsKey: Hashable {
  let weights: TensorIdentity
  let norm: NormIdentity?
  let halves: Bool
}

extension Device {
  /// Gives what no value uses back to the system, between phases that use memory differently.
  func giveBackReserve() {
    pool.trim()
    cv_give_back_free_memory()
  }

  /// Whether a convolution's products are AMX's, of pairs of 16-bit floats.
  func multipliesInTiles(_ convolution: Convolution, then norm: BatchNorm?, on input: Shape) throws -> Bool {
    guard precision == .bfloat16, cv_has_amx() != 0 else { return false }
    return try kernel(convolution, then: norm, on: input)?.halves == true
  }

  /// Whether the loops on changes take a convolution.
  func takesChanges(_ convolution: Convolution, halves: Bool) -> Bool {
    convolution.groups == 1 && convolution.weight.shape[0] % (halves ? 32 : 16) == 0
      && convolution.weight.shape[1] >= 16
  }

  /// Whether Winograd's form takes a convolution of changes, none of which is left out then, and that pays for as many as
  /// batches of them mostly hold.
  func takesChangesByWinograd(_ convolution: Convolution, on input: Shape) throws -> Bool {
    guard takesChanges(convolution, halves: false), convolution.groups == 1 else { return false }
    let geometry = convolution.geometry(input, try convolution.outputShape(of: [input]))
    // Forms of weights are made of few tiles' share of the time.
    let tiles =
      ConvolutionKernel.many * ((geometry.output.height + 3) / 4) * ((geometry.output.width + 3) / 4)
    return tiles >= 24 && ConvolutionKernel.takesWinograd(geometry)
  }

  /// What a convolution and a normalisation behind it make of changes, plus the residual's changes; with `base`, the value
  /// that this changes, cut to a range: the change of the cut value.
  ///
  /// `isDense` is for changes few of which are zero, by Winograd's form; `before` is what the input was cut from, if it was. The
  /// result takes `memory`, the residual's or of dense changes the input's, where there is such.
  func changes(
    of convolution: Convolution, then norm: BatchNorm?, on input: Value, residual: Value?,
    in memory: Value? = nil,
    base: Value?, low: Float, high: Float, halves: Bool, isDense: Bool = false, before: ChangeCut? = nil
  ) throws -> Value {
    let source = value(input, as: .channelsLast)
    let added = residual.map { value($0, as: .channelsLast) }
    let shape = try convolution.outputShape(of: [source.shape])
    let result = memory ?? allocate(shape, .channelsLast)
    let geometry = convolution.geometry(source.shape, shape)
    let weights = changeWeights(of: convolution, then: norm, halves: halves)
    if isDense {
      var problem = cv_winograd(geometry, inPlace: result.pointer == source.pointer)
      var finish = cv_finish(
        bias: nil, residual: added?.pointer, low: base == nil ? -.infinity : low,
        high: base == nil ? .infinity : high, narrow: 0, narrow_residual: 0)
      let scratch = TensorStorage(count: cv_winograd_scratch(&problem), from: pool)
      cv_winograd_run(
        &problem, source.pointer, weights[0].base, &finish, base?.pointer, result.pointer, scratch.base)
    } else {
      var problem = cv_changes(geometry, halves: halves)
      if let before {
        problem.before = UnsafePointer(before.base.pointer)
        problem.low = before.low
      }
      cv_change_products(
        &problem, source.pointer, weights[0].base, added?.pointer, base?.pointer, low, high, result.pointer)
    }
    withExtendedLifetime((source, added, base, weights, before)) {}
    return result
  }

  /// Weights, group by group, as the loops on changes read them: those of 32 bits as passes do.
  func changeWeights(of convolution: Convolution, then norm: BatchNorm?, halves: Bool) -> [TensorStorage] {
    let weight = convolution.weight
    let key = ChangeWeightsKey(
      weights: TensorIdentity(weight), norm: norm.map(NormIdentity.init), halves: halves)
    if let known = changeWeights[key] { return known.packed }
    let factors = norm?.affine.factors
    let made =
      halves
      ? [packedInPairs(weight, factors)]
      : packed(convolution, by: .direct(merged: false), norm: norm, affine: factors)
    changeWeights[key] = (weight.storage, norm, made)
    return made
  }

  private func packedInPairs(_ weight: Tensor, _ factors: [Float]?) -> TensorStorage {
    let outputs = weight.shape[0], inputs = weight.shape[1], taps = weight.shape[2] * weight.shape[3]
    // A row of weights is [I, kh, kw]; the loops read [kh, kw, I].
    let order = (0..<taps).flatMap { tap in (0..<inputs).map { Int32($0 * taps + tap) } }
    let storage = TensorStorage(count: cv_packed_count(outputs, inputs * taps) / 2)
    weight.withValues { values in
      if let base = values.baseAddress {
        cv_pack_changes_bf16(base, factors, order, storage.base, outputs, inputs * taps)
      }
    }
    weight.storage.coolDown()
    return storage
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

extension cv_changes {
  fileprivate init(_ geometry: ConvolutionGeometry, halves: Bool) {
    self.init(
      entries: geometry.batch, inputs: geometry.inputs, outputs: geometry.outputs, h: geometry.input.height,
      w: geometry.input.width, oh: geometry.output.height, ow: geometry.output.width,
      kh: geometry.kernel.height, kw: geometry.kernel.width, sh: geometry.stride.height,
      sw: geometry.stride.width, dh: geometry.dilation.height, dw: geometry.dilation.width,
      top: geometry.padding.top, left: geometry.padding.left, halves: halves ? 1 : 0, before: nil, low: 0)
  }
}
