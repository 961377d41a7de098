internal import ModelIO

/// Tensors from a weight file that fits; a head that the file does not have starts from a seed.
final class MatchedParameters: ParameterSource {
  private let match: ParameterMatch
  private let fallback: RandomParameters

  init(_ match: ParameterMatch, fallback: RandomParameters) {
    self.match = match
    self.fallback = fallback
  }

  func tensor(for request: ParameterRequest) throws(GraphError) -> Tensor {
    guard let tensor = match.tensors[request.key], tensor.fits else {
      return try fallback.tensor(for: request)
    }
    if !tensor.raw.isReadInPlace || tensor.layout == .keras {
      try MemoryRoom.check(2 * request.byteCount, for: "reading '\(request.key)' of \(request.shape)")
    }
    return tensor.tensor()
  }
}
