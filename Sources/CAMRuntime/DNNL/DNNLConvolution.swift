internal import CDNNL
internal import CVector
import Glibc

/// A convolution by oneDNN on channels-last values, with weights in the order oneDNN likes.
final class DNNLConvolution {
  enum Pass: Hashable { case forward, backwardData, backwardWeights }

  /// What is computed, and in which format; biases and results of `backwardWeights` are 32-bit floats.
  struct Key: Hashable {
    var geometry: ConvolutionGeometry
    var pass: Pass
    var format: ElementFormat
    var hasBias = false
    var algorithm = ConvolutionAlgorithm.direct
  }

  private let primitive: Primitive
  private let engine: Engine
  private let weights: (plain: MemoryDescription, order: cdnnl_memory, bytes: Int)
  private let description: dnnl_primitive_desc_t
  private let widened: [WidenedValue]

  init(_ key: Key, engine: Engine) throws(DNNLError) {
    let geometry = key.geometry
    let isWidened = key.format == .bfloat16 && !Engine.multipliesHalves
    let format = isWidened ? .float32 : key.format
    widened = isWidened ? WidenedValue.of(key) : []
    let source = try MemoryDescription(geometry.sourceShape.dimensions, format, .channelsLast)
    let target = try MemoryDescription(geometry.targetShape.dimensions, format, .channelsLast)
    let free = try MemoryDescription(geometry.weightExtents, format, .any)
    let bias = key.hasBias ? try MemoryDescription([geometry.outputs], .float32, .vector) : nil
    let tight = geometry.tightPadding
    var problem = cdnnl_convolution()
    problem.source = source.handle
    problem.weights = free.handle
    problem.bias = bias?.handle
    problem.target = target.handle
    problem.strides = (Int64(geometry.stride.height), Int64(geometry.stride.width))
    problem.dilations = (Int64(geometry.dilation.height - 1), Int64(geometry.dilation.width - 1))
    problem.before = (Int64(tight.top), Int64(tight.left))
    problem.after = (Int64(tight.bottom), Int64(tight.right))
    var forward: dnnl_primitive_desc_t?
    try check("convolution_forward") {
      cdnnl_convolution_forward(&forward, &problem, key.algorithm.code, nil, engine.engine)
    }
    guard let forward else { throw DNNLError(call: "convolution_forward", status: -1) }
    self.engine = engine
    var chosen = forward
    var slots: [(slot: Int32, query: dnnl_query_t, index: Int32)]
    let weightQuery: dnnl_query_t
    switch key.pass {
    case .forward:
      slots = [
        (DNNL_ARG_SRC_0, dnnl_query_src_md, 0), (DNNL_ARG_WEIGHTS_0, dnnl_query_weights_md, 0),
      ]
      if key.hasBias { slots.append((DNNL_ARG_BIAS, dnnl_query_weights_md, 1)) }
      slots.append((DNNL_ARG_DST_0, dnnl_query_dst_md, 0))
      weightQuery = dnnl_query_weights_md
    case .backwardData:
      var made: dnnl_primitive_desc_t?
      defer { dnnl_primitive_desc_destroy(forward) }
      try check("convolution_backward_data") {
        cdnnl_convolution_backward_data(&made, &problem, nil, engine.engine, forward)
      }
      guard let made else { throw DNNLError(call: "convolution_backward_data", status: -1) }
      chosen = made
      slots = [
        (DNNL_ARG_DIFF_DST_0, dnnl_query_diff_dst_md, 0), (DNNL_ARG_WEIGHTS_0, dnnl_query_weights_md, 0),
        (DNNL_ARG_DIFF_SRC_0, dnnl_query_diff_src_md, 0),
      ]
      weightQuery = dnnl_query_weights_md
    case .backwardWeights:
      var made: dnnl_primitive_desc_t?
      defer { dnnl_primitive_desc_destroy(forward) }
      // Gradients of weights leave in 32 bits whatever goes in.
      let gradient = try MemoryDescription(geometry.weightExtents, .float32, .any)
      problem.weights = gradient.handle
      try check("convolution_backward_weights") {
        cdnnl_convolution_backward_weights(&made, &problem, nil, engine.engine, forward)
      }
      guard let made else { throw DNNLError(call: "convolution_backward_weights", status: -1) }
      chosen = made
      slots = [
        (DNNL_ARG_SRC_0, dnnl_query_src_md, 0), (DNNL_ARG_DIFF_DST_0, dnnl_query_diff_dst_md, 0),
        (DNNL_ARG_DIFF_WEIGHTS_0, dnnl_query_diff_weights_md, 0),
      ]
      if key.hasBias { slots.append((DNNL_ARG_DIFF_BIAS, dnnl_query_diff_weights_md, 1)) }
      weightQuery = dnnl_query_diff_weights_md
    }
    description = chosen
    primitive = try Primitive(chosen, slots: slots, engine: engine)
    guard let order = cdnnl_query(chosen, Int32(weightQuery.rawValue), 0) else {
      throw DNNLError(call: "primitive_desc_query", status: -1)
    }
    let plain = try MemoryDescription(
      geometry.weightExtents, .float32, geometry.groups == 1 ? .rowMajor4 : .rowMajor5)
    weights = (plain, order, cdnnl_memory_size(order))
  }

  deinit { dnnl_primitive_desc_destroy(description) }

  /// The weights in the order of the primitive.
  func packed(_ tensor: Tensor) throws(DNNLError) -> TensorStorage {
    let storage = TensorStorage(count: (weights.bytes + 3) / 4)
    let source = UnsafeMutableRawPointer(mutating: UnsafePointer(tensor.storage.base + tensor.offset))
    try reorder(from: weights.plain.handle, source, to: weights.order, UnsafeMutableRawPointer(storage.base))
    withExtendedLifetime(tensor) {}
    return storage
  }

  /// Row-major weights of 32-bit floats into the order of the primitive.
  func pack(_ plain: UnsafeMutableRawPointer, into packed: UnsafeMutableRawPointer) throws(DNNLError) {
    try reorder(from: weights.plain.handle, plain, to: weights.order, packed)
  }

  /// The bytes of weights in the order of the primitive.
  var weightBytes: Int { weights.bytes }

  /// Weights (or their gradient) from the order of the primitive to row-major ones.
  func unpacked(_ packed: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer) throws(DNNLError) {
    try reorder(from: weights.order, packed, to: weights.plain.handle, target)
  }

  private func reorder(
    from: cdnnl_memory, _ source: UnsafeMutableRawPointer, to: cdnnl_memory,
    _ target: UnsafeMutableRawPointer
  ) throws(DNNLError) {
    var description: dnnl_primitive_desc_t?
    try check("reorder_primitive_desc_create") {
      cdnnl_reorder(&description, from, to, engine.engine)
    }
    guard let description else { throw DNNLError(call: "reorder", status: -1) }
    defer { dnnl_primitive_desc_destroy(description) }
    let reorder = try Primitive(
      description,
      slots: [(DNNL_ARG_SRC_0, dnnl_query_src_md, 0), (DNNL_ARG_DST_0, dnnl_query_dst_md, 0)],
      engine: engine)
    try reorder.run([source, target])
  }

  /// Forward: source, weights, bias if any, target.
  ///
  /// Data: gradient, weights, result. Weights: source, gradient, result, bias' result if any.
  func run(_ pointers: [UnsafeMutableRawPointer]) throws(DNNLError) {
    guard !widened.isEmpty else { return try primitive.run(pointers) }
    let copies = widened.map { AlignedMemory.bytes($0.count * MemoryLayout<Float>.stride) }
    defer { copies.forEach { free($0) } }
    var wide = pointers
    for (value, copy) in zip(widened, copies) {
      wide[value.place] = copy
      if !value.isResult { cv_from_bfloat16(pointers[value.place].halves, copy.floats, value.count) }
    }
    try primitive.run(wide)
    for (value, copy) in zip(widened, copies) where value.isResult {
      cv_to_bfloat16(copy.floats, pointers[value.place].halves, value.count)
    }
  }
}

/// A value of 16-bit floats that becomes one of 32 bits on the way, since oneDNN is held to instructions without products
/// of such.
private struct WidenedValue {
  /// Its place among the pointers of `run`.
  let place: Int
  let count: Int
  var isResult = false

  static func of(_ key: DNNLConvolution.Key) -> [WidenedValue] {
    let source = key.geometry.sourceShape.count, target = key.geometry.targetShape.count
    return switch key.pass {
    case .forward:
      [Self(place: 0, count: source), Self(place: key.hasBias ? 3 : 2, count: target, isResult: true)]
    case .backwardData: [Self(place: 0, count: target), Self(place: 2, count: source, isResult: true)]
    case .backwardWeights: [Self(place: 0, count: source), Self(place: 1, count: target)]
    }
  }
}

/// How oneDNN convolves.
enum ConvolutionAlgorithm: Hashable, Sendable {
  case direct, winograd

  var code: Int32 {
    Int32((self == .direct ? dnnl_convolution_direct : dnnl_convolution_winograd).rawValue)
  }
}
