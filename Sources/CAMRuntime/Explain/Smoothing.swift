/// What makes a map less noisy.
package enum Smoothing: String, Sendable, CaseIterable {
  case none
  /// The mean over six pictures: as it is and mirrored, times 0.9, 1 and 1.1.
  case aug
  /// The leading principal component of the weighted maps in place of their sum.
  case eigen
  /// Both.
  case both

  /// Whether augmented pictures are averaged.
  package var augments: Bool { self == .aug || self == .both }
  /// Whether the leading component is taken.
  package var projects: Bool { self == .eigen || self == .both }

  /// The augmentations of a picture; a mirrored one's map is mirrored back.
  static let augmentations: [(isMirrored: Bool, factor: Float)] = [
    (false, 0.9), (false, 1), (false, 1.1), (true, 0.9), (true, 1), (true, 1.1),
  ]

  /// An augmented network input.
  static func augmented(_ input: Tensor, isMirrored: Bool, factor: Float) -> Tensor {
    let width = input.shape[input.shape.rank - 1]
    return input.withValues { source in
      Tensor(input.shape) { target in
        for index in target.indices {
          let column = index % width
          target[index] = factor * source[isMirrored ? index - column + width - 1 - column : index]
        }
      }
    }
  }
}
