import Glibc

/// How the learning rate changes in the course of a training.
package enum LearningSchedule: String, Sendable, CaseIterable {
  /// The same rate throughout.
  case constant
  /// From the rate down to nothing along half a cosine.
  case cosine
  /// Up from a 25th of the rate in the first three tenths, then down to a 10,000th of that, both along half cosines
  /// (Smith and Topin, "Super-convergence", 2017, in the form that PyTorch gives it).
  case oneCycle = "one-cycle"

  /// The learning rate of a step (from 0) of so many.
  package func rate(at step: Int, of steps: Int, peak: Double) -> Double {
    switch self {
    case .constant: return peak
    case .cosine:
      return Self.between(peak, 0, Double(step) / Double(max(steps, 1)))
    case .oneCycle:
      let first = peak / 25
      let last = first / 10_000
      let end = 0.3 * Double(steps) - 1
      let step = Double(step)
      if step <= end { return Self.between(first, peak, end > 0 ? step / end : 1) }
      let rest = Double(steps) - 1 - end
      return Self.between(peak, last, rest > 0 ? min(1, (step - end) / rest) : 1)
    }
  }

  private static func between(_ start: Double, _ end: Double, _ part: Double) -> Double {
    end + (start - end) / 2 * (1 + cos(Double.pi * part))
  }
}
