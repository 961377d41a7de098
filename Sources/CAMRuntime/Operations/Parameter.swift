/// A tensor of an operation that a weight file fills.
package struct Parameter: Sendable {
  /// The name within the layer, as PyTorch calls it ("weight", "bias", "running_mean").
  package let name: String
  /// Its value.
  package let tensor: Tensor
  /// Whether training changes it by its gradient.
  package let isTrainable: Bool

  /// A parameter.
  package init(_ name: String, _ tensor: Tensor, isTrainable: Bool = true) {
    self.name = name
    self.tensor = tensor
    self.isTrainable = isTrainable
  }
}
