import Foundation
import ModelIO
import Testing

@Suite("PyTorch checkpoints")
struct PyTorchTests {
  @Test(
    "both containers give PyTorch's numbers: every element type, every kind of stride",
    arguments: ["mixed.zip.pth", "mixed.legacy.pth", "mixed.legacy4.pth"])
  func mixed(_ file: String) throws {
    let state = try WeightFormatCatalog.read(path: Fixture.path("modelio/" + file))
    #expect(state.format == "pytorch")
    #expect(state.names.prefix(3) == ["conv.weight", "channels_last.weight", "hwio.weight"])
    #expect(state["half.weight"]?.elementType == .float16)
    #expect(state["bfloat.weight"]?.elementType == .bfloat16)
    #expect(try state["bn.num_batches_tracked"]?.integers() == [123_456_789])
    #expect(state["channels_last.weight"]?.strides == [27, 1, 9, 3])
    #expect(state["channels_last.weight"]?.isContiguous == false)
    try expectSame(state, as: "modelio/mixed.pth.expected.safetensors")
  }

  @Test("a contiguous float tensor is the file's own memory")
  func borrowed() throws {
    let state = try WeightFormatCatalog.read(path: Fixture.path("modelio/mixed.zip.pth"))
    #expect(state["conv.weight"]?.floats().isBorrowed == true)
    #expect(state["transposed.weight"]?.floats().isBorrowed == false)
  }

  @Test("the weights are found beside optimizer and epoch", arguments: ["checkpoint.ckpt", "nested.pt"])
  func nested(_ file: String) throws {
    try expectSame(
      try WeightFormatCatalog.read(path: Fixture.path("modelio/" + file)),
      as: "modelio/net.expected.safetensors")
  }

  @Test("dictionaries in a dictionary join their names by dots")
  func dotted() throws {
    let state = try WeightFormatCatalog.read(path: Fixture.path("modelio/dotted.pt"))
    #expect(state.names == ["encoder.w", "decoder.w"])
  }

  @Test("the name that DataParallel puts before all others is left out, a layer's own is not")
  func wrapped() throws {
    let wrapped = try WeightFormatCatalog.read(path: Fixture.path("modelio/wrapped.pth"))
    #expect(wrapped.names == ["conv.weight", "fc.bias"])
    let unwrapped = try WeightFormatCatalog.read(path: Fixture.path("modelio/unwrapped.pth"))
    #expect(unwrapped.names == ["module.weight", "fc.bias"])
  }

  @Test("a view that repeats its elements is refused as what it is")
  func repeating() throws {
    let error = #expect(throws: FormatError.self) {
      try WeightFormatCatalog.read(path: Fixture.path("modelio/repeating.pth"))
    }
    #expect(error?.subject == "tensor 'bias'")
    #expect(error?.description.contains("a view that repeats its elements (strides [0])") == true)
  }

  @Test("a single tensor is a dictionary of one")
  func single() throws {
    let state = try WeightFormatCatalog.read(path: Fixture.path("modelio/single.pt"))
    #expect(state.names == ["tensor"])
    #expect(Array(try #require(state["tensor"]).floats()) == [0, 1, 2, 3, 4, 5])
  }

  @Test("unsigned types of newer files are read")
  func unsigned() throws {
    try expectSame(
      try WeightFormatCatalog.read(path: Fixture.path("modelio/unsigned.pth")),
      as: "modelio/unsigned.pth.expected.safetensors")
  }

  @Test(
    "a pickle that names anything else is refused by that name, and nothing runs",
    arguments: [
      ("evil2.pth", "posix.system"), ("evil4.pth", "posix.system"), ("evil.legacy.pth", "__builtin__.eval"),
      ("wholemodel.pt", "torch.nn.modules.container.Sequential"),
    ])
  func forbidden(_ file: String, _ name: String) throws {
    let path = Fixture.path("modelio/" + file)
    let error = #expect(throws: FormatError.self) { try WeightFormatCatalog.read(path: path) }
    #expect(error?.cause == .forbiddenGlobal(name))
    #expect(error?.file == path)
    #expect(error?.offset != nil)
    #expect(error?.description.contains("'\(name)'") == true)
    #expect(!FileManager.default.fileExists(atPath: "/tmp/camkernel-was-here"))
  }

  @Test("a dictionary that contains itself ends in an error")
  func cyclic() throws {
    let error = #expect(throws: FormatError.self) {
      try WeightFormatCatalog.read(path: Fixture.path("modelio/cyclic.pth"))
    }
    #expect(error?.cause == .cycle("a dictionary of the checkpoint"))
  }

  @Test("lists doubled forty times cost nothing")
  func doubling() throws {
    let error = #expect(throws: FormatError.self) {
      try WeightFormatCatalog.read(path: Fixture.path("modelio/doubling.pth"))
    }
    #expect(error?.cause == .missing("any tensor in the checkpoint"))
  }

  @Test(
    "the golden nets' state dicts equal their safetensors files",
    .enabled(if: Shared.isPresent, "needs ../shared"),
    arguments: GoldenNetTests.nets)
  func golden(_ net: String) throws {
    let checkpoint = try WeightFormatCatalog.read(path: try Shared.golden(net + ".pth"))
    let reference = try WeightFormatCatalog.read(path: try Shared.golden(net + ".safetensors"))
    for tensor in reference.tensors {
      let found = try #require(checkpoint[tensor.name])
      #expect(found.shape == tensor.shape)
      #expect(found.floats().elementsEqual(tensor.floats()))
    }
  }
}
