/// The format in which an explanation was computed.
package enum ExplanationFormat: String, Sendable {
  /// Everything in 32 bits.
  case single = "fp32"
  /// Convolutions and products in 16 bits.
  case half = "bf16"
  /// The network in 32 bits, and what taking units away changes rounded to 16 where it is multiplied.
  case roundedChanges = "network fp32, changes bf16"
  /// The network in 16 bits, edited maps behind the layer in 32.
  case exactEdits = "network bf16, edits fp32"

  /// The format of a method on a network of less precision than 32 bits, or of 32.
  init(network: Network, needs: MethodNeeds, strategy: AblationStrategy?) {
    guard network.device.precision == .bfloat16 else {
      self = .single
      return
    }
    switch strategy {
    case nil: self = .half
    case .linearDelta, .convolutionDelta, .editedTail:
      self = needs.contains(.drops) ? .roundedChanges : .exactEdits
    case .closedForm: self = needs.contains(.drops) ? .single : .exactEdits
    case .naive: self = .single
    }
  }
}
