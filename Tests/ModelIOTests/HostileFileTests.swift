import Foundation
import ModelIO
import Testing

/// Reads `bytes` whole, numbers included; damage may end in a `FormatError` and in nothing else.
func readWhole(_ bytes: ByteSlice, as format: any WeightFormat.Type) throws(FormatError) {
  let state = try format.read(bytes, directory: nil)
  for tensor in state.tensors {
    let numbers = tensor.floats()
    precondition(numbers.count == tensor.elementCount)
    if !tensor.elementType.isFloat { _ = try tensor.integers() }
    precondition(tensor.packedBytes().count == tensor.elementCount * tensor.elementType.size)
  }
}

/// Numbers in a fixed order from a seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}

@Suite("hostile files")
struct HostileFileTests {
  static let samples = [
    "modelio/mixed.pth.expected.safetensors", "modelio/mixed.zip.pth", "modelio/mixed.legacy.pth",
    "modelio/nested.pt", "modelio/checkpoint.ckpt", "modelio/stored.npz", "modelio/deflated.npz",
    "modelio/one.npy",
    "modelio/classic.h5", "modelio/latest.h5", "modelio/dense.h5", "modelio/chunks.h5",
    "modelio/links.earliest.h5", "modelio/links.latest.h5", "modelio/net.keras",
    "modelio/net.weights.h5",
    "modelio/mixed.onnx",
  ]

  private func format(of bytes: ByteSlice, _ name: String) throws -> any WeightFormat.Type {
    try #require(WeightFormatCatalog.format(of: bytes), "\(name)")
  }

  @Test("a file that is cut off anywhere never crashes, and the error says where", arguments: samples)
  func truncated(_ name: String) throws {
    let bytes = try Fixture.bytes(name)
    let format = try format(of: bytes, name)
    var refused = 0
    let step = max(1, bytes.count / 1500)
    for length in stride(from: 0, to: bytes.count, by: step) {
      let piece = try #require(bytes.slice(0..<length))
      do throws(FormatError) { try readWhole(piece, as: format) } catch {
        refused += 1
        #expect(error.offset != nil || error.subject != nil, "\(name) cut to \(length): \(error)")
      }
    }
    // HDF5 files end in space that nothing refers to; an ONNX file may end after any of its last few fields.
    // Every other format notices each missing byte.
    let tolerated = name.contains("h5") ? bytes.count / step / 2 : name.hasSuffix(".onnx") ? 5 : 0
    #expect(refused >= (bytes.count + step - 1) / step - tolerated)
  }

  @Test("flipped bits, spliced and repeated pieces never crash", arguments: samples)
  func mutated(_ name: String) throws {
    let original = try Fixture.bytes(name)
    let format = try format(of: original, name)
    let seed = ProcessInfo.processInfo.environment["CAMKERNEL_TEST_SEED"].flatMap(UInt64.init) ?? 20_250_101
    var generator = SeededGenerator(seed: seed)
    let bytes = original.array
    for round in 0..<400 {
      var mutant = bytes
      for _ in 0...Int.random(in: 0..<4, using: &generator) { mutate(&mutant, &generator) }
      do throws(FormatError) { try readWhole(ByteSlice(mutant), as: format) } catch {
        #expect(!error.description.isEmpty, "seed \(seed), round \(round)")
      }
    }
  }

  @Test(
    "the golden files, damaged, never crash", .enabled(if: Shared.isPresent, "needs ../shared"),
    arguments: GoldenNetTests.nets,
    [".onnx", ".raw.onnx", ".dynamo.onnx", ".pth", ".safetensors", ".input.npy"])
  func golden(_ net: String, _ suffix: String) throws {
    let original = try MappedFile(path: try Shared.golden(net + suffix)).bytes
    let format = try format(of: original, net + suffix)
    var generator = SeededGenerator(seed: 20_250_102)
    let bytes = original.array
    for round in 0..<40 {
      var mutant = bytes
      for _ in 0...Int.random(in: 0..<4, using: &generator) { mutate(&mutant, &generator) }
      if round % 4 == 0 { mutant.removeLast(Int.random(in: 1..<mutant.count, using: &generator)) }
      do throws(FormatError) { try readWhole(ByteSlice(mutant), as: format) } catch {
        #expect(!error.description.isEmpty, "\(net + suffix), round \(round)")
      }
    }
  }

  private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    guard bytes.count > 16 else { return }
    // Most structure lies at the front (headers) or the back (zip directories).
    let window = min(bytes.count, 2048)
    var place = Int.random(in: 0..<bytes.count, using: &generator)
    switch generator.next() % 3 {
    case 0: place = Int.random(in: 0..<window, using: &generator)
    case 1: place = bytes.count - 1 - Int.random(in: 0..<window, using: &generator)
    default: break
    }
    switch generator.next() % 6 {
    case 0, 1: bytes[place] ^= 1 << UInt8(generator.next() % 8)
    case 2: bytes[place] = [0, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
    case 3:
      for index in place..<min(place + 8, bytes.count) { bytes[index] = 0xff }
    case 4:
      let length = Int.random(in: 1...64, using: &generator)
      let source = Int.random(in: 0..<bytes.count, using: &generator)
      for index in 0..<length where place + index < bytes.count && source + index < bytes.count {
        bytes[place + index] = bytes[source + index]
      }
    default:
      let end = min(bytes.count, place + Int.random(in: 1...32, using: &generator))
      bytes.removeSubrange(place..<end)
    }
  }

  @Test(
    "absurd shapes and counts are refused before memory is asked for",
    arguments: [
      #"{"w":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4]}}"#,
      #"{"w":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,4]}}"#,
      #"{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
      #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}"#,
      #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
      #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
      #"{"w":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}"#,
      #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
      #"{"w":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#,
      #"{"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}"#,
    ])
  func absurdSafeTensors(_ header: String) throws {
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { [UInt8]($0) }
    let error = #expect(throws: FormatError.self) {
      try SafeTensors.read(ByteSlice(length + Array(header.utf8) + [0, 0, 0, 0]), directory: nil)
    }
    #expect(error?.subject == "tensor 'w'")
    #expect(error?.offset != nil)
  }

  @Test(
    "the tensors of a safetensors file cover its data: no hole, no overlap, nothing before or behind",
    arguments: [
      ([0..<4, 4..<8], 8, nil), ([4..<8, 0..<4], 8, nil), ([0..<4, 8..<12], 12, 4), ([0..<4, 0..<4], 4, 4),
      ([4..<8], 8, 0), ([0..<4], 8, 4), ([0..<4, 0..<4, 4..<8], 8, 4),
    ] as [([Range<Int>], Int, Int?)])
  func covering(_ places: [Range<Int>], _ size: Int, _ wrong: Int?) throws {
    let entries = places.enumerated().map {
      #""t\#($0.offset)":{"dtype":"F32","shape":[1],"data_offsets":[\#($0.element.lowerBound),\#($0.element.upperBound)]}"#
    }
    let header = Array("{\(entries.joined(separator: ","))}".utf8)
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { [UInt8]($0) }
    let file = ByteSlice(length + header + [UInt8](repeating: 0, count: size))
    guard let wrong else {
      #expect(try SafeTensors.read(file, directory: nil).tensors.count == places.count)
      return
    }
    let error = #expect(throws: FormatError.self) { try SafeTensors.read(file, directory: nil) }
    #expect(error?.offset == 8 + header.count + wrong)
  }

  @Test("JSON nested a thousand deep, and headers longer than the file")
  func absurdHeaders() throws {
    let deep = String(repeating: #"{"a":"#, count: 1000)
    for (header, length) in [(deep, deep.utf8.count), ("{}", 1 << 40), ("{}", 99_999_999)] {
      let prefix = withUnsafeBytes(of: UInt64(length).littleEndian) { [UInt8]($0) }
      #expect(throws: FormatError.self) {
        try SafeTensors.read(ByteSlice(prefix + Array(header.utf8)), directory: nil)
      }
    }
  }

  @Test(
    "an array header that promises 2^60 numbers is refused",
    arguments: ["(1152921504606846976,)", "(4294967296, 4294967296)", "(99999999999999999999,)"])
  func absurdNumPy(_ shape: String) throws {
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }\n"
    let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
    let error = #expect(throws: FormatError.self) { try NumPyArray.tensor(ByteSlice(bytes), name: "w") }
    #expect(error?.offset != nil)
  }

  @Test(
    "a pickle that only grows is stopped by the file's own size",
    arguments: [UInt8(ascii: "N"), UInt8(ascii: "}")])
  func growingPickle(_ instruction: UInt8) throws {
    let bytes = [UInt8](repeating: instruction, count: 4 << 20)
    var reader = PickleReader(ByteSlice(bytes), allowed: [])
    let error = #expect(throws: FormatError.self) { try reader.next() }
    guard case .tooLarge = error?.cause else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("a pipe, a folder and a missing file are errors at once")
  func noFiles() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/modelio-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(mkfifo(folder + "/pipe", 0o600) == 0)
    #expect(throws: FormatError(.notARegularFile("a named pipe"), file: folder + "/pipe")) {
      try WeightFormatCatalog.read(path: folder + "/pipe")
    }
    #expect(throws: FormatError(.notARegularFile("a directory"), file: folder)) {
      try WeightFormatCatalog.read(path: folder)
    }
    let missing = #expect(throws: FormatError.self) { try WeightFormatCatalog.read(path: folder + "/none") }
    #expect(missing?.description == "\(folder)/none: open: no such file")
    try Data().write(to: URL(fileURLWithPath: folder + "/empty"))
    #expect(throws: FormatError.self) { try WeightFormatCatalog.read(path: folder + "/empty") }
  }

  @Test(
    "half a file of a known format is called damaged, not unknown",
    arguments: ["modelio/mixed.zip.pth", "modelio/mixed.onnx", "modelio/stored.npz"])
  func half(_ name: String) throws {
    let bytes = try Fixture.bytes(name)
    let piece = try #require(bytes.slice(0..<bytes.count / 2))
    let error = #expect(throws: FormatError.self) { try WeightFormatCatalog.read(piece) }
    let found = try #require(error)
    if case .unrecognised = found.cause { Issue.record("\(found)") }
    #expect(found.offset != nil || found.subject != nil)
  }

  @Test("a network of another kind is told what it is and what makes one of it that is read")
  func foreign() throws {
    func message(_ bytes: [UInt8]) -> String {
      do {
        _ = try WeightFormatCatalog.read(ByteSlice(bytes))
        return "read"
      } catch { return "\(error)" }
    }
    let lite = [0x1c, 0, 0, 0] + Array("TFL3".utf8) + [0x14, 0]
    #expect(message(lite).contains("a TensorFlow Lite network (save the whole network"), "\(message(lite))")
    #expect(message(lite).contains("tf2onnx.convert --tflite"))
    // Schema 1, a graph of 4,838 bytes (which breaks off) that begins with what is known about it.
    let saved: [UInt8] = [8, 1, 0x12, 0xe6, 0x25, 0x0a, 0xc8, 0x24]
    #expect(message(saved).contains("TensorFlow's SavedModel (") && message(saved).contains("--saved-model"))
    let node = [0x0a, 1] + Array("x".utf8) + [0x12, 11] + Array("Placeholder".utf8)
    let frozen = [0x0a, UInt8(node.count)] + node
    #expect(message(frozen).contains("a frozen TensorFlow graph (") && message(frozen).contains("--graphdef"))
    // The same fields with the name of an ONNX file's maker, a node without a name, and text.
    for bytes in [[8, 1, 0x12, 2] + Array("me".utf8), [0x0a, 2, 0x12, 0], Array("\n\nTFL3".utf8)] {
      #expect(!message(bytes).contains("ensorFlow") && message(bytes) != "read", "\(message(bytes))")
    }
    #expect(try WeightFormatCatalog.format(of: Fixture.bytes("modelio/mixed.onnx")) != nil)
  }

  @Test("an index of weights in several files is said to be one")
  func index() throws {
    let error = #expect(throws: FormatError.self) {
      try WeightFormatCatalog.read(ByteSlice(Array("{\"weight_map\": {\"a\": \"b.safetensors\"}}".utf8)))
    }
    #expect(error?.reason.contains("an index of weights in several files") == true, "\(error as Any)")
    let other = #expect(throws: FormatError.self) {
      try WeightFormatCatalog.read(ByteSlice(Array("{\"weights\": 1}".utf8)))
    }
    #expect(other?.reason.contains("not recognised") == true, "\(other as Any)")
  }
}
