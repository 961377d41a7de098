internal import CVector
import Glibc

/// Any operation without trained parameters, in 32-bit floats by its own forward and backward.
final class GeneralLayer: TrainingLayer {
  let output: TrainingValue
  private let node: Node
  private let inputs: [TrainingInput]
  private let device: Device
  private var operands: [Value] = []
  private var result: Value?

  init(node: Node, inputs: [TrainingInput], output: TrainingValue, device: Device) {
    self.node = node
    self.inputs = inputs
    self.output = output
    self.device = device
  }

  func forward(isTraining: Bool, seed: UInt64) throws {
    operands = inputs.map { ordered($0.value.floatValue(at: $0.value.pointer, on: device)) }
    let made = try node.operation.forward(operands, on: device)
    output.write(made, to: output.pointer, on: device)
    result = node.operation.readsOutput ? made : nil
  }

  func backward() throws {
    guard let gradient = output.gradient else { return }
    let pass = ReversePass(
      inputShapes: operands.map(\.shape), inputs: operands, shape: output.shape, output: result,
      gradient: ordered(output.floatValue(at: gradient, on: device)), wanted: inputs.map(\.wantsGradient),
      rule: .standard)
    let shares = try node.operation.backward(pass, on: device)
    for (input, share) in zip(inputs, shares) where input.wantsGradient {
      guard let share else { continue }
      input.value.addGradient { input.value.write(share, to: $0, on: device) }
    }
    operands = []
    result = nil
  }

  private func ordered(_ value: Value) -> Value {
    switch node.operation.operandOrder {
    case .rowMajor: device.value(value, as: .rowMajor)
    case .channelsLast, .uniform: device.value(value, as: .channelsLast)
    }
  }
}

extension TrainingValue {
  /// Memory of this value's order and format as the runtime's own kind of value; not copied where it is that already.
  fileprivate func floatValue(at memory: UnsafeMutableRawPointer, on device: Device) -> Value {
    let layout: Layout = shape.rank == 4 ? .channelsLast : .rowMajor
    switch format {
    case .float32:
      let storage = TensorStorage(
        borrowing: UnsafePointer(memory.floats), count: count, owner: Lender.of(self))
      return Value(shape: shape, layout: layout, storage: storage)
    case .bfloat16:
      let value = device.allocate(shape, layout)
      cv_from_bfloat16(memory.halves, value.pointer, count)
      return value
    }
  }

  /// Writes a value to memory of this value's order and format.
  fileprivate func write(_ value: Value, to memory: UnsafeMutableRawPointer, on device: Device) {
    let own = device.value(value, as: shape.rank == 4 ? .channelsLast : .rowMajor)
    switch format {
    case .float32: memory.floats.update(from: own.pointer, count: count)
    case .bfloat16: cv_to_bfloat16(own.pointer, memory.halves, count)
    }
    withExtendedLifetime(own) {}
  }
}

/// Stands for a training value as the owner of its memory; the layer that reads the memory keeps the value alive.
private final class Lender: Sendable {
  static func of(_: TrainingValue) -> Lender { Lender() }
}
