import Foundation
import ModelIO
import Testing

@Suite("weights rounded to a few bits") struct RoundedTensorTests {
  private let shape = [5, 3, 7]
  private let values: [Float] = (0..<105).map { (index: Int) -> Float in
    let row = Float(1 + index / 21)
    return row * sinf(Float(index) * 1.7)
  }

  private func path() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path
  }

  private func written(
    _ bits: Int, _ change: (inout [(name: String, value: String)]) -> Void = { _ in }
  ) throws -> String {
    let rounded = RoundedTensor.tensors(name: "w", shape: shape, floats: values, bits: bits)
    let plain = TensorToWrite(name: "b", shape: [2], floats: [1, -2])
    var notes: [(name: String, value: String)] = [rounded.note, ("else", "kept")]
    change(&notes)
    let path = path()
    try SafeTensors.write(rounded.tensors + [plain], metadata: notes, to: path)
    return path
  }

  @Test("a file gives back numbers within half a step of each row's scale", arguments: 2...8)
  func roundTrip(bits: Int) throws {
    let path = try written(bits)
    defer { unlink(path) }
    let state = try WeightFormatCatalog.read(path: path)
    #expect(state.names == ["w", "b"])
    let found = try #require(state["w"])
    #expect(found.shape == shape && found.elementType == .float32)
    let numbers = Array(found.floats())
    for row in 0..<5 {
      let own = values[(row * 21)..<((row + 1) * 21)]
      let reach = own.reduce(Float(0)) { max($0, abs($1)) }
      let step = reach / Float(1 << (bits - 1) - 1)
      // Large numbers may be cut where that makes the sum of squares smaller.
      var squares: Float = 0
      for (wanted, read) in zip(own, numbers[(row * 21)..<((row + 1) * 21)]) {
        let miss: Float = wanted - read
        squares += miss * miss
      }
      #expect((squares / 21).squareRoot() <= step / 2, "row \(row)")
    }
    #expect(state["b"].map { Array($0.floats()) } == [1, -2])
  }

  @Test("a row of zeros stays one, and what 8 bits hold exactly comes back exactly")
  func exact() throws {
    let whole: [Float] = (-127...127).map(Float.init) + [Float](repeating: 0, count: 255)
    let rounded = RoundedTensor.tensors(name: "w", shape: [2, 255], floats: whole, bits: 8)
    let path = path()
    defer { unlink(path) }
    try SafeTensors.write(rounded.tensors, metadata: [rounded.note], to: path)
    #expect(try WeightFormatCatalog.read(path: path)["w"].map { Array($0.floats()) } == whole)
  }

  @Test(
    "notes that contradict the bytes are refused",
    arguments: [
      "", "6", "6:", "9:5,3,7", "1:5,3,7", "6:5", "6:5,3,8", "6:4,3,7", "6:5,-3,-7", "6:0,3,7", "x:5,3,7",
      "6:5,3,x", "6:5,9223372036854775807,3", "6:5,1000000000000", "6:5,3,7:1",
    ])
  func contradictions(note: String) throws {
    let path = try written(6) { $0[0].value = note }
    defer { unlink(path) }
    #expect(throws: FormatError.self) { try WeightFormatCatalog.read(path: path) }
  }

  @Test("a note without its tensors is refused")
  func missing() throws {
    let path = try written(6) { $0[0].name = "camkernel.rounded.other" }
    defer { unlink(path) }
    #expect(throws: FormatError.self) { try WeightFormatCatalog.read(path: path) }
  }
}
