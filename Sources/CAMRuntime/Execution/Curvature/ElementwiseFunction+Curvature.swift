import Glibc

extension ElementwiseFunction {
  /// `gradient * f''(x) * direction` of each element; all values are row-major and of one shape.
  func bend(of gradient: Value, at point: Value, along direction: Value, on device: Device) -> Value {
    defer { withExtendedLifetime((gradient, point, direction)) {} }
    let formula = secondDerivative
    return Value(
      Tensor(point.shape) { target in
        for index in target.indices {
          let slope = Double(gradient.pointer[index]) * Double(direction.pointer[index])
          target[index] = slope == 0 ? 0 : Float(slope * formula(Double(point.pointer[index])))
        }
      })
  }

  /// f''; zero where f is piecewise linear, and at its kinks.
  private var secondDerivative: (Double) -> Double {
    let a = Double(alpha), b = Double(beta)
    switch formula {
    case .clip, .leaky, .hardSigmoid, .abs, .scale, .floor, .ceiling, .nearest, .sign, .threshold, .shrink:
      return { _ in 0 }
    case .elu: return { $0 > 0 ? 0 : a * exp($0) }
    case .selu: return { $0 > 0 ? 0 : a * b * exp($0) }
    case .hardSwish: return { $0 > -3 && $0 < 3 ? 1.0 / 3 : 0 }
    case .sigmoid:
      return { x in
        let s = Self.logistic(x)
        return s * (1 - s) * (1 - 2 * s)
      }
    case .silu:
      return { x in
        let s = Self.logistic(x)
        return s * (1 - s) * (2 + x * (1 - 2 * s))
      }
    case .softplus:
      return { x in
        let s = Self.logistic(x)
        return s * (1 - s)
      }
    case .tanh:
      return { x in
        let t = Glibc.tanh(x)
        return -2 * t * (1 - t * t)
      }
    case .softsign: return { -2 * ($0 < 0 ? -1 : 1) / Glibc.pow(1 + Swift.abs($0), 3) }
    case .gelu: return { (2 - $0 * $0) * Glibc.exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot() }
    case .erf: return { -4 * $0 / Double.pi.squareRoot() * Glibc.exp(-$0 * $0) }
    case .exp: return { Glibc.exp($0) }
    case .sine: return { -Glibc.sin($0) }
    case .cosine: return { -Glibc.cos($0) }
    case .log: return { -1 / ($0 * $0) }
    case .sqrt: return { -0.25 / ($0 * $0.squareRoot()) }
    case .reciprocal: return { 2 / ($0 * $0 * $0) }
    case .pow: return { a * (a - 1) * Glibc.pow($0, a - 2) }
    case .geluTanh:
      return Self.bend { x in
        0.5 * x * (1 + Glibc.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
      }
    case .mish: return Self.bend { x in x * Glibc.tanh(max(x, 0) + log1p(Glibc.exp(-Swift.abs(x)))) }
    }
  }

  private static func logistic(_ x: Double) -> Double { 1 / (1 + Glibc.exp(-x)) }

  /// The second difference of a smooth function whose scale is one, in double precision.
  private static func bend(of function: @escaping (Double) -> Double) -> (Double) -> Double {
    let step = 1e-3
    return { x in (function(x + step) - 2 * function(x) + function(x - step)) / (step * step) }
  }
}
