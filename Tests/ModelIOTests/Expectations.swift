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
    #expect(
      found.floats().map(\.bitPattern) == wanted.floats().map(\.bitPattern), "\(wanted.name)",
      sourceLocation: sourceLocation)
  }
}
