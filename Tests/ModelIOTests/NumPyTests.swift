import Foundation
import ModelIO
import Testing

@Suite("NumPy files")
struct NumPyTests {
  @Test("stored and deflated archives give NumPy's numbers", arguments: ["stored.npz", "deflated.npz"])
  func archives(_ file: String) throws {
    let state = try WeightFormatCatalog.read(path: Fixture.path("modelio/" + file))
    #expect(state.format == "npz")
    try expectSame(state, as: "modelio/npz.expected.safetensors")
  }

  @Test("an array of header version 1 and 2", arguments: ["one.npy", "version2.npy"])
  func arrays(_ file: String) throws {
    let tensor = try NumPyArray.read(path: Fixture.path("modelio/" + file))
    #expect(tensor.shape == [3, 4])
    #expect(Array(tensor.floats()) == (0..<12).map { Float($0) / 7 })
  }

  @Test("versions that are not known are named, not guessed at", arguments: [0, 4, 255] as [UInt8])
  func versions(_ version: UInt8) throws {
    var bytes = try Fixture.bytes("modelio/one.npy").array
    bytes[6] = version
    let error = #expect(throws: FormatError.self) {
      try NumPyArray.tensor(ByteSlice(bytes), name: "array")
    }
    #expect(error?.cause == .unsupported(".npy version \(version)"))
  }

  @Test("arrays of Python objects are refused")
  func objects() throws {
    let error = #expect(throws: FormatError.self) {
      try WeightFormatCatalog.read(path: Fixture.path("modelio/objects.npy"))
    }
    #expect(error?.cause == .unsupported("arrays of Python objects"))
  }

  @Test("an archive that promises gigabytes is refused before anything is allocated")
  func bomb() throws {
    let error = #expect(throws: FormatError.self) {
      try WeightFormatCatalog.read(path: Fixture.path("modelio/bomb.npz"))
    }
    guard case .tooLarge = error?.cause else {
      Issue.record("expected a size limit, got \(String(describing: error))")
      return
    }
  }

  @Test(
    "what is written reads back, and as the same bytes as NumPy's own",
    arguments: [[], [5], [3, 4], [2, 0, 3]])
  func roundTrip(_ shape: [Int]) throws {
    let path = FileManager.default.temporaryDirectory.path + "/roundtrip-\(UUID().uuidString).npy"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let count = shape.reduce(1, *)
    let floats = (0..<count).map { Float($0) / 7 }
    try NumPyArray.write(shape: shape, floats: floats, to: path)
    let tensor = try NumPyArray.read(path: path)
    #expect(tensor.shape == shape)
    #expect(Array(tensor.floats()) == floats)
    if shape == [3, 4] {
      #expect(try MappedFile(path: path).bytes.array == Fixture.bytes("modelio/one.npy").array)
    }
  }

  @Test("an archive that is written reads back")
  func archiveRoundTrip() throws {
    let path = FileManager.default.temporaryDirectory.path + "/roundtrip-\(UUID().uuidString).npz"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try NumPyArchive.write(
      [
        TensorToWrite(name: "a", shape: [2, 2], floats: [1, 2, 3, 4]),
        TensorToWrite(name: "b/c", shape: [], floats: [7]),
      ],
      to: path)
    let state = try WeightFormatCatalog.read(path: path)
    #expect(state.names == ["a", "b/c"])
    #expect(Array(try #require(state["a"]).floats()) == [1, 2, 3, 4])
    #expect(state["b/c"]?.shape == [])
  }
}
