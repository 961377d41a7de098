/// Where a built-in network takes its tensors from.
///
/// A source never throws on a mismatch: it keeps the mismatch for its report and gives zeros, so that one report
/// lists them all. It throws where there is no memory.
package protocol ParameterSource: AnyObject {
  /// The tensor for `request`, in the shape the request asks for.
  func tensor(for request: ParameterRequest) throws(GraphError) -> Tensor
}
