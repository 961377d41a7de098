internal import CDNNL

/// A compiled primitive with its memory objects; pointers are set for each run.
final class Primitive {
  private let engine: Engine
  private let primitive: dnnl_primitive_t
  private var memories: [(slot: Int32, memory: dnnl_memory_t)] = []

  /// A primitive and the memory that it reads and writes; the descriptor stays the caller's.
  init(
    _ description: dnnl_primitive_desc_t, slots: [(slot: Int32, query: dnnl_query_t, index: Int32)],
    engine: Engine
  )
    throws(DNNLError)
  {
    self.engine = engine
    var made: dnnl_primitive_t?
    try check("primitive_create") { dnnl_primitive_create(&made, description) }
    guard let made else { throw DNNLError(call: "primitive_create", status: -1) }
    primitive = made
    for (slot, query, index) in slots {
      guard let memory = cdnnl_query(description, Int32(query.rawValue), index) else {
        throw DNNLError(call: "primitive_desc_query", status: -1)
      }
      var handle: dnnl_memory_t?
      try check("memory_create") { cdnnl_memory_create(&handle, memory, engine.engine, nil) }
      guard let handle else { throw DNNLError(call: "memory_create", status: -1) }
      memories.append((slot, handle))
    }
  }

  deinit {
    for (_, memory) in memories { dnnl_memory_destroy(memory) }
    dnnl_primitive_destroy(primitive)
  }

  /// Runs on memory given in the order of the slots.
  func run(_ pointers: [UnsafeMutableRawPointer]) throws(DNNLError) {
    precondition(pointers.count == memories.count)
    var arguments: [dnnl_exec_arg_t] = []
    arguments.reserveCapacity(pointers.count)
    for (place, pointer) in pointers.enumerated() {
      try check("memory_set_data_handle") { dnnl_memory_set_data_handle(memories[place].memory, pointer) }
      arguments.append(dnnl_exec_arg_t(arg: memories[place].slot, memory: memories[place].memory))
    }
    try check("primitive_execute") {
      dnnl_primitive_execute(primitive, engine.stream, Int32(arguments.count), arguments)
    }
    try check("stream_wait") { dnnl_stream_wait(engine.stream) }
  }
}
