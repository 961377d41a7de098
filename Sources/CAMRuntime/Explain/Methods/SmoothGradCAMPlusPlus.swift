/// Grad-CAM++ with its powers of gradients averaged over noisy pictures.
package struct SmoothGradCAMPlusPlus: CAMMethod {
  package static let name = "smooth-grad-cam++"
  package static let summary = "grad-cam++ averaged over noisy copies of the picture"
  package static let formula =
    "D2, D3 = mean of g^2, g^3 over n pictures x + N(0, noise);  a = D2 / (2 D2 + D3 sum_ab A_kab),  "
    + "w_k = sum_ij a relu(g of the last one),  map = sum_k w_k A_k"
  package static let paper =
    "Omeiza et al., Smooth Grad-CAM++: An Enhanced Inference Level Visualization Technique, 2019 (arXiv:1908.01224); "
    + "numerator D2 where the paper prints D1"
  package static let needs: MethodNeeds = .gradient
  package static let parameters = [
    MethodParameter("samples", .integer(1...1_000, default: 4), "noisy pictures"),
    MethodParameter("noise", .number(0...100, default: 0.3), "deviation of the noise on the network's input"),
  ]
  private let samples: Int
  private let noise: Double
  private let seed: UInt64

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    samples = try arguments.integer("samples")
    noise = try arguments.number("noise")
    seed = arguments.seed
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    var generator = SeededGenerator(seed: seed)
    var squares = [Double](repeating: 0, count: probe.maps.tensor.count)
    var cubes = squares
    var last = probe.maps
    for _ in 0..<samples {
      let noisy = probe.input.withValues { values in
        Tensor(probe.input.shape, values: values.map { $0 + Float(noise * generator.normal()) })
      }
      last = try probe.sibling(of: noisy).gradient(of: score)
      last.tensor.withValues { values in
        for index in values.indices {
          let g = Double(values[index])
          squares[index] += g * g
          cubes[index] += g * g * g
        }
      }
    }
    let count = Double(samples)
    let weights = GradCAMPlusPlus.weights(
      squares: probe.maps.like { target in
        for index in target.indices { target[index] = Float(squares[index] / count) }
      },
      cubes: probe.maps.like { target in
        for index in target.indices { target[index] = Float(cubes[index] / count) }
      },
      last: last, maps: probe.maps, epsilon: 0)
    return Attribution(.weights(weights))
  }
}
