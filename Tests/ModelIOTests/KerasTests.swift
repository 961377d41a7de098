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

  @Test("chunks are found in each of the ways that newer files have, also in one that grows")
  func chunks() throws {
    let state = try WeightFormatCatalog.read(path: Fixture.path("modelio/chunks.h5"))
    #expect(state.count == 14)
    try expectSame(state, as: "modelio/chunks.expected.safetensors")
  }

  @Test("trees of many levels are walked to their leaves")
  func deepTrees() throws {
    let state = try WeightFormatCatalog.read(path: Fixture.path("modelio/deep.h5"))
    #expect(state.count == 13)
    try expectSame(state, as: "modelio/deep.expected.safetensors")
  }

  @Test("what was never written has the dataset's own value", arguments: ["earliest", "latest"])
  func fillValues(_ version: String) throws {
    let state = try WeightFormatCatalog.read(path: Fixture.path("modelio/fill.\(version).h5"))
    #expect(state.count == 6)
    try expectSame(state, as: "modelio/fill.expected.safetensors")
  }

  @Test(
    "chunks are unpacked whatever the order of the steps, and where some were left out",
    arguments: ["earliest", "latest"])
  func filters(_ version: String) throws {
    let state = try WeightFormatCatalog.read(path: Fixture.path("modelio/filters.\(version).h5"))
    #expect(state.count == 4)
    try expectSame(state, as: "modelio/filters.expected.safetensors")
  }

  @Test("soft links inside the file and committed datatypes are followed", arguments: ["earliest", "latest"])
  func links(_ version: String) throws {
    let state = try WeightFormatCatalog.read(path: Fixture.path("modelio/links.\(version).h5"))
    #expect(state.names == ["layer/kernel", "layer/again", "layer/typed"])
    let expected = try WeightFormatCatalog.read(path: Fixture.path("modelio/chunks.expected.safetensors"))
    let numbers = Array(try #require(expected["layer/single"]).floats())
    let found = state.tensors.map { Array($0.floats()) }
    #expect(found == [Array(numbers[..<60]), Array(numbers[..<60]), Array(numbers[60..<120])])
  }

  @Test(
    "links to nothing, in a circle and out of the file, and filters of others, are refused by name",
    arguments: [
      ("link-dangling.earliest", "'/nowhere', which the soft link 'dangling' names, is missing"),
      ("link-dangling.latest", "'/nowhere', which the soft link 'dangling' names, is missing"),
      ("link-circle.earliest", "the soft link 'circle' contains itself"),
      ("link-circle.latest", "the soft link 'circle' contains itself"),
      ("link-outside.earliest", "'outside' is a link out of the file (copy what it names into the file"),
      ("link-outside.latest", "'outside' is a link out of the file (copy what it names into the file"),
      ("lzf", "HDF5 filter 'lzf' (rewrite the file with `h5repack -f SHUF -f GZIP=6 IN OUT`)"),
    ])
  func refusals(_ file: String, _ reason: String) throws {
    let error = #expect(throws: FormatError.self) {
      try WeightFormatCatalog.read(path: Fixture.path("modelio/\(file).h5"))
    }
    #expect(error?.reason.contains(reason) == true, "\(error as Any)")
  }
}
