internal import ModelIO

/// Which computed values are integers in the model.
///
/// They are held as 32-bit floats like all others, but divide as integers do.
struct ONNXIntegerValues {
  private var names: Set<String> = []

  func contains(_ name: String) -> Bool { names.contains(name) }

  mutating func insert(_ name: String) { names.insert(name) }

  /// Notes the outputs of a node; `inputs` says which of its operands are integers.
  mutating func note(_ node: ONNXNode, inputs: [Bool]) {
    for (place, name) in node.outputs.enumerated() where Self.isInteger(output: place, of: node, inputs) {
      names.insert(name)
    }
  }

  /// Element types of TensorProto that are integers: all but floats, truth and texts.
  static func isIntegerType(_ code: Int) -> Bool { [2, 3, 4, 5, 6, 7, 12, 13].contains(code) }

  private static func isInteger(output: Int, of node: ONNXNode, _ inputs: [Bool]) -> Bool {
    func operand(_ place: Int) -> Bool { inputs.indices.contains(place) && inputs[place] }
    switch node.operation {
    case "Cast": return isIntegerType(node.integer("to") ?? 1)
    case "CastLike", "Where": return operand(1)
    case "ArgMax", "ArgMin": return true
    case "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal", "And", "Or", "Xor", "Not", "IsNaN",
      "IsInf", "If":
      return false
    case "MaxPool" where output == 1: return true
    case "Dropout" where output == 1: return false
    default: return operand(0)
    }
  }
}
