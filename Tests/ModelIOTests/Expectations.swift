import ModelIO
import Testing

/// Checks that `state` holds the tensors of a reference file that PyTorch or NumPy wrote: same names in
/// any order, same shapes, same numbers to the bit after conversion to float32.
func expectSame(
  _ state: StateDictionary, as reference: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let expected = try WeightFormatCatalog.read(path: Fixture.path(reference))
  #expect(Set(state.names) == Set(expected.names), sourceLocation: sourceLocation)
  for wanted in expected.tensors {
    let found = try #require(state[wanted.name], sourceLocation: sourceLocation)
    #expect(found.shape == wanted.shape, "\(wanted.name)", sourceLocation: sourceLocation)
    let differing = zip(found.floats(), wanted.floats()).enumerated().first { index, pair in
      pair.0.bitPattern != pair.1.bitPattern
    }
    #expect(
      differing == nil, "\(wanted.name), element and values: \(String(describing: differing))",
      sourceLocation: sourceLocation)
  }
}
