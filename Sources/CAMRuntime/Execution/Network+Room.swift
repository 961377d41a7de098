extension Network {
  /// The bytes that a step takes at most beside what is there before it: its value, inputs that it reads in another layout or
  /// repeated, and what its loops work in.
  func bytesTaken(by step: Plan.Step, _ inputs: [Value], batch: Int) throws -> Int {
    let output = shape(of: step.output, batch: batch)
    let layout = device.layout(of: inputs, step.operation.operandOrder)
    var bytes = BufferPool.bytes(for: output.count)
    var operands: [Shape] = []
    for (id, input) in zip(step.inputs, inputs) {
      var operand = input.shape
      if inputs.count > 1, repeats(id, for: step) {
        operand = varies(id) ? shape(of: id, batch: batch) : operand.withBatch(batch)
        if operand.count > input.count { bytes += BufferPool.bytes(for: operand.count) }
      }
      operands.append(operand)
      if input.isNarrow || layout.map({ $0 != input.layout && !input.layoutsCoincide }) == true,
        operand.rank == 4
      {
        bytes += BufferPool.bytes(for: operand.count)
      }
    }
    let beside = try step.operation.floatsBeside(operands, output: output, on: device)
    return bytes + BufferPool.bytes(for: beside)
  }

  /// Refuses a step where there is no room for what it takes.
  func checkRoom(for step: Plan.Step, _ inputs: [Value], batch: Int) throws {
    // Most steps are small whatever they take.
    let elements = inputs.reduce(shape(of: step.output, batch: batch).count) { $0 + $1.count }
    guard 4 * elements * MemoryLayout<Float>.stride >= BufferPool.large else { return }
    try device.pool.checkRoom(
      for: bytesTaken(by: step, inputs, batch: batch), of: "a batch of \(batch) beside what is held")
  }

  /// Whether a step with several inputs wants one that was computed for a single entry once for each of the batch.
  ///
  /// Operations on two values broadcast by themselves.
  func repeats(_ id: NodeID, for step: Plan.Step) -> Bool {
    guard varies(id) else { return varies(step.output) && graph.repeatsConstant(id, for: step.operation) }
    return !(step.operation is any BinaryOperation) || folding.contains(id)
  }

  /// Refuses a step of a reverse pass where there is no room for the gradients of its inputs, for these inputs and the gradient
  /// of its value laid out anew, and for what its loops work in.
  func checkRoom(forReverseStepThrough id: NodeID, batch: Int) throws(GraphError) {
    var elements = shape(of: id, batch: batch).count
    for input in graph[id].inputs { elements += 2 * shape(of: input, batch: batch).count }
    do throws(GraphError) {
      try device.pool.checkRoom(
        for: elements * MemoryLayout<Float>.stride / 4 * 5, of: "gradients of a batch of \(batch)")
    } catch {
      throw .node(graph[id].name, error)
    }
  }
}
