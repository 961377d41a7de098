internal import CDNNL
internal import CVector
import Glibc

/// The processor as passes use it: oneDNN, threads, memory and what is prepared for given shapes.
///
/// One thread calls it, always the same: oneDNN's OpenMP team belongs to its caller.
package final class Device {
  let engine: Engine
  let pool = BufferPool()
  /// The number of threads.
  package let threads: Int
  /// The format of convolutions: the wanted one where the processor has it, else 32 bits.
  package let precision: Precision
  /// Whether what is computed now is one of many entries; decides by which loops.
  private(set) var isAmongMany = false
  private var convolutions: [DNNLConvolution.Key: DNNLConvolution] = [:]
  private var packedWeights: [PackedKey: (source: TensorStorage, packed: TensorStorage)] = [:]
  var kernels: [ConvolutionKernelKey: (source: Convolution, norm: BatchNorm?, kernel: ConvolutionKernel?)] =
    [:]
  var separables: [[ConvolutionKernelKey]: SeparableKernel?] = [:]
  var offsetTables: [OffsetsKey: [Int32]] = [:]
  var turned: [PackedWeightsKey: (source: Convolution, norm: BatchNorm?, result: Convolution?)] = [:]
  var nativeWeights: [PackedWeightsKey: [TensorStorage]] = [:]
  var changeWeights: [ChangeWeightsKey: (weights: TensorStorage, norm: BatchNorm?, packed: [TensorStorage])] =
    [:]

  private struct PackedKey: Hashable {
    let weights: ObjectIdentifier
    let offset: Int
    let key: DNNLConvolution.Key
  }

  /// A device of that many threads; 0 for the cores that the process may use.
  package init(threads: Int = 0, precision: Precision = .float32) throws(DNNLError) {
    engine = try Engine()
    self.threads = threads > 0 ? threads : ProcessorCount.usable
    self.precision = precision.usable
    takeOver()
  }

  /// Makes what follows on this thread run on this device's number of threads; every pass begins with it.
  func takeOver() { cv_set_threads(Int32(threads)) }

  /// Keeps the threads of one loop for the next ones, until `release()` has been called as often.
  func hold() { cv_stay_together() }

  /// Lets threads go that `hold()` kept.
  func release() { cv_part() }

  /// Runs a pass of one of many entries, or of one alone.
  ///
  /// Some loops are faster for many entries, and round otherwise. Which are taken depends on this only: were it the number of
  /// entries, an entry's value would depend on how many share its batch, thus on memory.
  func pass<Result>(amongMany: Bool, _ body: () throws -> Result) rethrows -> Result {
    let outer = isAmongMany
    isAmongMany = amongMany
    defer { isAmongMany = outer }
    return try body()
  }

  /// A value not yet written.
  func allocate(_ shape: Shape, _ layout: Layout = .rowMajor) -> Value {
    let held: Layout = shape.rank == 4 ? layout : .rowMajor
    return Value(shape: shape, layout: held, storage: TensorStorage(count: shape.count, from: pool))
  }

  /// A picture of 16-bit floats not yet written, channels innermost.
  func allocateNarrow(_ shape: Shape) -> Value {
    let storage = TensorStorage(count: (shape.count + 1) / 2, from: pool)
    return Value(shape: shape, layout: .channelsLast, storage: storage, format: .bfloat16)
  }

  /// The value in 16-bit floats, channels innermost.
  func narrowed(_ value: Value) -> Value {
    guard !value.isNarrow else { return value }
    let source = self.value(value, as: .channelsLast), result = allocateNarrow(value.shape)
    cv_to_bf16(source.pointer, result.pointer, source.count)
    withExtendedLifetime(source) {}
    return result
  }

  /// The value in 32-bit floats.
  func widened(_ value: Value) -> Value {
    guard value.isNarrow else { return value }
    let result = allocate(value.shape, value.layout)
    cv_from_bf16(value.pointer, result.pointer, value.count)
    withExtendedLifetime(value) {}
    return result
  }

  /// The value in a layout; a copy only where the order differs.
  func value(_ value: Value, as layout: Layout) -> Value {
    guard value.layout != layout, value.shape.rank == 4 else { return value }
    if value.layoutsCoincide { return value.viewed(as: value.shape, layout) }
    let result = allocate(value.shape, layout)
    let shape = value.shape, pixels = shape[2] * shape[3]
    if layout == .channelsLast {
      cv_transpose(value.pointer, result.pointer, shape[0], shape[1], pixels)
    } else {
      cv_transpose(value.pointer, result.pointer, shape[0], pixels, shape[1])
    }
    withExtendedLifetime(value) {}
    return result
  }

  /// Refuses a copy as `tensor` makes it where there is no room.
  func checkRoom(forTensorOf value: Value) throws(GraphError) {
    guard value.layout != .rowMajor, value.shape.rank == 4, !value.layoutsCoincide else { return }
    try pool.checkRoom(
      for: BufferPool.bytes(for: value.count), of: "laying \(value.shape) out row by row")
  }

  /// The value as a tensor; a copy only where its channels lie innermost.
  func tensor(_ value: Value) -> Tensor {
    let dense = self.value(value, as: .rowMajor)
    return Tensor(shape: dense.shape, storage: dense.storage, offset: dense.offset)
  }

  /// The primitive of a convolution.
  func convolution(_ key: DNNLConvolution.Key) throws(DNNLError) -> DNNLConvolution {
    if let known = convolutions[key] { return known }
    let made = try DNNLConvolution(key, engine: engine)
    convolutions[key] = made
    return made
  }

  /// Weights in the order of a primitive, reordered once.
  func packed(_ weights: Tensor, for key: DNNLConvolution.Key) throws(DNNLError) -> TensorStorage {
    let packedKey = PackedKey(weights: ObjectIdentifier(weights.storage), offset: weights.offset, key: key)
    if let known = packedWeights[packedKey] { return known.packed }
    let made = try convolution(key).packed(weights)
    packedWeights[packedKey] = (weights.storage, made)
    return made
  }
}
