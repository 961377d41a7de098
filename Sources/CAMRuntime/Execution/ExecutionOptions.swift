internal import CVector

/// The format in which convolutions and products are computed.
package enum Precision: String, Sendable, CaseIterable {
  case float32 = "fp32"
  case bfloat16 = "bf16"

  /// This format where the processor multiplies such numbers faster, else 32 bits.
  package var usable: Precision { self == .bfloat16 && cv_bf16_pays() == 0 ? .float32 : self }

  /// The format in use, and why it is not this one where the processor lacks that.
  package var account: String {
    if usable == self { return rawValue }
    let reason = cv_has_bf16() == 0 ? "multiplies no" : "is slower with"
    return "\(usable.rawValue) (this processor \(reason) \(rawValue) numbers)"
  }
}

/// How a rectifier lets gradients pass.
package enum RectifierRule: Sendable, Hashable, CaseIterable {
  /// The derivative.
  case standard
  /// The derivative, and only positive gradients (guided backpropagation).
  case guided
  /// Only positive gradients, wherever the input was (deconvolution).
  case deconvolution
}

/// How a network runs.
package struct ExecutionOptions: Sendable {
  /// The format of convolutions and products.
  package var precision: Precision
  /// The number of threads; 0 for the cores that the process may use.
  package var threads: Int
  /// The bytes that batches of edits are sized to; 0 for no limit.
  ///
  /// A batch has one entry at least.
  package var memoryLimit: Int
  /// Asked between primitives whether to stop.
  package var interrupt: InterruptFlag

  /// Options; what is not given has its default.
  package init(
    precision: Precision = .float32, threads: Int = 0, memoryLimit: Int = 0,
    interrupt: InterruptFlag = InterruptFlag()
  ) {
    self.precision = precision
    self.threads = threads
    self.memoryLimit = memoryLimit
    self.interrupt = interrupt
  }
}
