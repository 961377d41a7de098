/// What a name of an ONNX model stands for during import.
enum ImportedValue: Sendable {
  /// Computed from the picture.
  case node(NodeID)
  /// The same for every picture.
  case constant(FoldedTensor)

  /// The value where it is the same for every picture.
  var folded: FoldedTensor? { if case .constant(let value) = self { value } else { nil } }
}
