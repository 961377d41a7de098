import ModelIO
import Testing

@Suite("Keras files and HDF5")
struct KerasTests {
  @Test(
    "a file of attributes gives h5py's numbers in the order of layer_names",
    arguments: ["classic.h5", "latest.h5"])
  func classic(_ file: String) throws {
    let state = try WeightFormatCatalog.read(path: Fixture.path("modelio/" + file))
    #expect(state.format == "keras-h5" && state.layout == .keras)
    #expect(state.layers.map(\.name) == ["zz_conv", "bn", "aa_conv", "fc"])
    #expect(
      state.layers[1].tensors == ["bn/gamma:0", "bn/beta:0", "bn/moving_mean:0", "bn/moving_variance:0"])
    #expect(state.metadata["keras_version"] == "2.0.5")
    try expectSame(state, as: "modelio/classic.h5.expected.safetensors")
  }

  @Test(
    "files of Keras 3 give the model's weights in the model's order",
    arguments: ["net.keras", "net.keras.h5", "net.weights.h5"])
  func keras3(_ file: String) throws {
    let state = try WeightFormatCatalog.read(path: Fixture.path("modelio/" + file))
    #expect(state.layers.first?.name == "zz_stem" && state.layers.last?.name == "aa_head")
    let expected = try WeightFormatCatalog.read(path: Fixture.path("modelio/keras.expected.safetensors"))
    // Keras lists weights that are not trained after the others of a layer, so compare as sets of numbers.
    let found = state.tensors.map { Array($0.floats()) + $0.shape.map { Float($0) } }
    for tensor in expected.tensors {
      #expect(found.contains(Array(tensor.floats()) + tensor.shape.map { Float($0) }), "\(tensor.name)")
    }
    #expect(found.count == expected.count)
    #expect(state.tensors.first?.shape == [3, 3, 3, 4])
    #expect(state.tensors.last?.shape == [3])
  }

  @Test("values in other files are refused, not taken for zeros")
  func outside() throws {
    let error = #expect(throws: FormatError.self) {
      try WeightFormatCatalog.read(path: Fixture.path("modelio/outside.h5"))
    }
    #expect(error?.cause == .unsupported("a dataset whose values lie in other files"))
    #expect(error?.subject == "tensor 'dense/kernel'")
  }

  @Test("groups of many members, old and new", arguments: [("many.h5", 300, 7), ("dense.h5", 100, 100)])
  func many(_ file: String, _ count: Int, _ different: Int) throws {
    let state = try WeightFormatCatalog.read(path: Fixture.path("modelio/" + file))
    #expect(state.layers.map(\.name) == ["the_layer"])
    #expect(state.count == count)
    for index in 0..<count {
      let values = try #require(state["the_layer/\(index)"]).floats()
      #expect(Array(values) == [Float(index % different), Float(index % different)])
    }
  }

  @Test("a group that contains itself ends in an error")
  func cycle() throws {
    let error = #expect(throws: FormatError.self) {
      try WeightFormatCatalog.read(path: Fixture.path("modelio/cycle.weights.h5"))
    }
    #expect(error?.cause == .cycle("the group 'layers/inner'"))
  }
}
