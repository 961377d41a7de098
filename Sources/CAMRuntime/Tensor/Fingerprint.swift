/// A number that stands for values and texts in their order, the same in every run; not safe against who wants two alike.
package struct Fingerprint {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  /// Of nothing yet.
  package init() {}

  /// Takes a text in.
  package mutating func add(_ text: String) {
    add(UInt64(text.utf8.count))
    for byte in text.utf8 { add(UInt64(byte)) }
  }

  /// Takes a tensor's shape and elements in.
  package mutating func add(_ tensor: Tensor) {
    add("\(tensor.shape)")
    tensor.withValues { values in
      for index in stride(from: 0, to: values.count - 1, by: 2) {
        add(UInt64(values[index].bitPattern) << 32 | UInt64(values[index + 1].bitPattern))
      }
      if values.count % 2 == 1 { add(UInt64(values[values.count - 1].bitPattern)) }
    }
  }

  /// Takes a network's layers and parameters in.
  package mutating func add(_ graph: Graph) {
    for node in graph.nodes {
      add(node.name)
      for parameter in node.operation.parameters { add(parameter.tensor) }
    }
  }

  /// Sixteen hexadecimal digits.
  package var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private mutating func add(_ word: UInt64) {
    state = (state ^ word) &* 0x9e37_79b9_7f4a_7c15
    state ^= state >> 29
  }
}
