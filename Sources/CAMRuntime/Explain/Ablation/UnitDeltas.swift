import Synchronization

/// What taking each unit away changes, kept where the rest is cheap: in front of the last linear layer.
///
/// From here the drop of any class is one product, so another class of the same picture costs next to nothing.
package struct UnitDeltas: Sendable {
  /// Where the change is known and in which form; a change is the value with the unit minus the one without.
  enum Form: Sendable {
    /// Unit k changes only the inputs `k * width ..< (k + 1) * width` of the last linear layer.
    case blocks(Tensor, width: Int, Linear)
    /// All inputs of the last linear layer for each unit, `[units, inputs]`.
    case hidden(Tensor, Linear)
    /// The logits for each unit, `[units, classes]`.
    case logits(Tensor)
    /// Unit k changes logit k only.
    case ownLogit([Float])
  }

  let form: Form
  /// The number of units.
  package let units: Int
  /// The number of classes.
  package let classes: Int
  /// How it was found.
  package let strategy: AblationStrategy
  private let known = Known()

  /// What all classes together decide, kept from the first time that it is wanted.
  private final class Known: Sendable {
    let likeliest = Mutex<LikeliestDrops?>(nil)
  }

  /// What the likeliest class loses with each unit; found by `find` the first time.
  func likeliest(_ find: () throws -> LikeliestDrops) rethrows -> LikeliestDrops {
    if let known = known.likeliest.withLock({ $0 }) { return known }
    let found = try find()
    known.likeliest.withLock { $0 = found }
    return found
  }

  /// The drop `y - y_u` of one class for each unit.
  package func drops(of classIndex: Int) -> [Float] {
    switch form {
    case .blocks(let changes, let width, let linear):
      return linear.weight.withValues { weight in
        changes.withValues { changes in
          let start = classIndex * changes.count
          return (0..<units).map { unit in
            var sum: Float = 0
            for place in unit * width..<(unit + 1) * width { sum += weight[start + place] * changes[place] }
            return sum
          }
        }
      }
    case .hidden(let changes, let linear):
      return linear.weight.withValues { weight in
        changes.withValues { changes in
          let width = linear.weight.shape[1]
          let row = UnsafeBufferPointer(rebasing: weight[classIndex * width..<(classIndex + 1) * width])
          return (0..<units).map { unit in
            innerProduct(row, UnsafeBufferPointer(rebasing: changes[unit * width..<(unit + 1) * width]))
          }
        }
      }
    case .logits(let changes):
      return changes.withValues { values in (0..<units).map { values[$0 * classes + classIndex] } }
    case .ownLogit(let changes):
      return changes.indices.map { $0 == classIndex ? changes[$0] : 0 }
    }
  }
}

/// The sum of products of two rows, with eight partial sums of sixteen lanes.
func innerProduct(_ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>) -> Float {
  guard let first = left.baseAddress, let second = right.baseAddress else { return 0 }
  let a = UnsafeRawPointer(first)
  let b = UnsafeRawPointer(second)
  let count = min(left.count, right.count)
  var sums = (SIMD16<Float>(), SIMD16<Float>(), SIMD16<Float>(), SIMD16<Float>())
  var index = 0
  while index + 64 <= count {
    let at = index * 4
    sums.0 +=
      a.loadUnaligned(fromByteOffset: at, as: SIMD16<Float>.self)
      * b.loadUnaligned(fromByteOffset: at, as: SIMD16<Float>.self)
    sums.1 +=
      a.loadUnaligned(fromByteOffset: at + 64, as: SIMD16<Float>.self)
      * b.loadUnaligned(fromByteOffset: at + 64, as: SIMD16<Float>.self)
    sums.2 +=
      a.loadUnaligned(fromByteOffset: at + 128, as: SIMD16<Float>.self)
      * b.loadUnaligned(fromByteOffset: at + 128, as: SIMD16<Float>.self)
    sums.3 +=
      a.loadUnaligned(fromByteOffset: at + 192, as: SIMD16<Float>.self)
      * b.loadUnaligned(fromByteOffset: at + 192, as: SIMD16<Float>.self)
    index += 64
  }
  var sum = (sums.0 + sums.1 + (sums.2 + sums.3)).sum()
  while index < count {
    sum += left[index] * right[index]
    index += 1
  }
  return sum
}
