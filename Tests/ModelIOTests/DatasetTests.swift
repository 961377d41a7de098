import Foundation
import ModelIO
import Testing

@Suite("data sets")
struct DatasetTests {
  /// The pixels that the oracle script wrote.
  private func pixel(_ picture: Int, _ place: Int) -> UInt8 {
    UInt8((31 * picture + 7 * (place / 1024) + place % 1024) % 256)
  }

  private func expectPictures(_ items: [ImageDataset.Item], labels: [Int]) throws {
    #expect(items.map(\.label) == labels)
    for (picture, item) in items.enumerated() {
      guard case .planes(let planes, width: 32, height: 32) = item.content else {
        Issue.record("no planes")
        return
      }
      #expect(planes.array == (0..<3072).map { pixel(picture, $0) })
    }
  }

  @Test("binary records of CIFAR-10 and CIFAR-100")
  func binary() throws {
    let ten = try CIFARDataset.binary(try Fixture.bytes("modelio/cifar10.bin"), name: "b", kind: .cifar10)
    try expectPictures(ten, labels: [6, 9, 0])
    #expect(ten.map(\.name) == ["b[0]", "b[1]", "b[2]"])
    let hundred = try CIFARDataset.binary(
      try Fixture.bytes("modelio/cifar100.bin"), name: "b", kind: .cifar100)
    try expectPictures(hundred, labels: [19, 99, 0])
  }

  @Test(
    "pickled batches of Python 2 and 3",
    arguments: [
      ("cifar10.protocol2", CIFARDataset.Kind.cifar10, [6, 9, 0]),
      ("cifar10.protocol4", .cifar10, [6, 9, 0]),
      ("cifar10.python2", .cifar10, [6, 9, 0]), ("cifar100.protocol2", .cifar100, [19, 99, 0]),
    ])
  func python(_ file: String, _ kind: CIFARDataset.Kind, _ labels: [Int]) throws {
    let items = try CIFARDataset.python(try Fixture.bytes("modelio/" + file), name: file, kind: kind)
    try expectPictures(items, labels: labels)
  }

  @Test("a batch with a label too high, cut off, or naming os.system is refused by its place")
  func damagedBatches() throws {
    var bytes = try Fixture.bytes("modelio/cifar10.bin").array
    bytes[3073] = 10
    let label = #expect(throws: FormatError.self) {
      try CIFARDataset.binary(ByteSlice(bytes), name: "b", kind: .cifar10)
    }
    #expect(label?.subject == "picture 1" && label?.offset == 3073)
    let cut = #expect(throws: FormatError.self) {
      try CIFARDataset.binary(ByteSlice(Array(bytes.dropLast())), name: "b", kind: .cifar10)
    }
    #expect(cut?.cause == .truncated(wanted: 3 * 3073, left: 3 * 3073 - 1))
    let evil = ByteSlice(
      Array("\u{80}".unicodeScalars.map { UInt8($0.value) }) + [2] + Array("cos\nsystem\n".utf8))
    let forbidden = #expect(throws: FormatError.self) {
      try CIFARDataset.python(evil, name: "b", kind: .cifar10)
    }
    #expect(forbidden?.cause == .forbiddenGlobal("os.system"))
  }

  @Test(
    "mutated batches and archives never crash",
    arguments: ["cifar10.protocol2", "cifar10.python2", "cifar10.tar.gz"])
  func mutated(_ file: String) throws {
    let bytes = try Fixture.bytes("modelio/" + file).array
    var generator = SeededGenerator(seed: 20_250_103)
    var refused = 0
    for round in 0..<400 {
      var mutant = bytes
      mutant[Int.random(in: 0..<min(512, mutant.count), using: &generator)] = UInt8(generator.next() & 0xff)
      if round % 3 == 0 { mutant.removeLast(Int.random(in: 1..<mutant.count, using: &generator)) }
      do throws(FormatError) {
        if file.hasSuffix("gz") {
          _ = try TarArchive.entries(of: ByteSlice(mutant))
        } else {
          _ = try CIFARDataset.python(ByteSlice(mutant), name: "b", kind: .cifar10)
        }
      } catch { refused += 1 }
    }
    #expect(refused > 130)
  }

  @Test("an archive is unpacked once, whole, without its links, and opens as a data set")
  func archive() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/data-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = FileStore(directory: folder)
    let path = try store.unpacked(archive: Fixture.path("modelio/cifar10.tar.gz"))
    let inside = try FileManager.default.contentsOfDirectory(atPath: path + "/cifar-10-batches-bin").sorted()
    #expect(
      inside == [
        "data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin",
      ]
        + [String(repeating: "long", count: 40) + ".txt", "test_batch.bin"])
    #expect(try store.unpacked(archive: Fixture.path("modelio/cifar10.tar.gz")) == path)
    let train = try CIFARDataset.open(.cifar10, path: path)
    #expect(train.count == 7 && train.split == "train" && train.classes == .cifar10)
    #expect(train.label(at: 2) == 0 && train.label(at: 3) == 6)
    #expect(train[3].name.hasSuffix("data_batch_2.bin[0]"))
    #expect(train.countsByClass == [1, 0, 0, 0, 0, 0, 5, 0, 0, 1])
    let test = try CIFARDataset.open(.cifar10, path: path + "/cifar-10-batches-bin", split: "test")
    #expect(test.count == 2)
    #expect(throws: FormatError.self) { try CIFARDataset.open(.cifar10, path: path, split: "val") }
    #expect(throws: FormatError.self) { try CIFARDataset.open(.cifar100, path: path) }
  }

  @Test(
    "an archive whose names lead outside leaves nothing", arguments: ["escape.tar.gz", "absolute.tar.gz"])
  func escaping(_ file: String) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/data-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let error = #expect(throws: FormatError.self) {
      try FileStore(directory: folder).unpacked(archive: Fixture.path("modelio/" + file))
    }
    guard case .escapingPath = error?.cause else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!FileManager.default.fileExists(atPath: "/tmp/camkernel-outside.txt"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/datasets") == [])
  }

  @Test(
    "folders are understood by identifier, by index, by name, or as classes of their own",
    arguments: [
      (["n02102040", "n01440764"], "imagenet", [0, 217]), (["0_tench", "571_pump"], "imagenet", [0, 571]),
      (["truck", "airplane"], "cifar10", [0, 9]), (["golden retriever", "tabby"], "imagenet", [207, 281]),
      (["maple_tree", "worm"], "cifar100", [47, 99]), (["mine", "yours", "cat"], "folder", [0, 1, 2]),
      (["0_tench", "1000_nothing"], "folder", [0, 1]),
    ])
  func folders(_ names: [String], _ list: String, _ labels: [Int]) throws {
    let root = FileManager.default.temporaryDirectory.path + "/folders-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    for name in names {
      try FileManager.default.createDirectory(
        atPath: "\(root)/val/\(name)", withIntermediateDirectories: true)
      for file in ["b.jpg", "a.png", ".hidden", "notes.txt"] {
        try Data([1]).write(to: URL(fileURLWithPath: "\(root)/val/\(name)/\(file)"))
      }
    }
    let dataset = try ImageFolder.open(path: root)
    #expect(dataset.classes.name == list && dataset.split == "val")
    #expect(dataset.count == names.count * 2)
    #expect((0..<names.count).map { dataset.label(at: 2 * $0) } == labels)
    let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    #expect(
      dataset[0].name == "\(root)/val/\(sorted[0])/a.png"
        && dataset[1].name == "\(root)/val/\(sorted[0])/b.jpg")
    #expect(throws: FormatError.self) { try ImageFolder.open(path: root, split: "train") }
  }

  @Test("a folder of pictures alone has no labels, an empty one is an error")
  func plain() throws {
    let root = FileManager.default.temporaryDirectory.path + "/plain-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: root) }
    #expect(throws: FormatError.self) { try ImageFolder.open(path: root) }
    try Data([1]).write(to: URL(fileURLWithPath: root + "/x.jpg"))
    let dataset = try ImageFolder.open(path: root)
    #expect(dataset.count == 1 && dataset[0].label == nil)
  }

  @Test("the order is the set's own, or the same shuffle for the same seed everywhere")
  func order() throws {
    let items = try CIFARDataset.binary(try Fixture.bytes("modelio/cifar10.bin"), name: "b", kind: .cifar10)
    #expect(items.count == 3)
    let folder = FileManager.default.temporaryDirectory.path + "/order-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = try FileStore(directory: folder).unpacked(archive: Fixture.path("modelio/cifar10.tar.gz"))
    let train = try CIFARDataset.open(.cifar10, path: path)
    #expect(train.order() == [0, 1, 2, 3, 4, 5, 6])
    let shuffled = train.order(shuffle: 7)
    #expect(shuffled == train.order(shuffle: 7) && shuffled != train.order(shuffle: 8))
    #expect(shuffled.sorted() == train.order() && shuffled != train.order())
    #expect(train.order(classes: [6]) == [0, 3, 4, 5, 6])
    #expect(train.order(shuffle: 1, classes: [9]) == [1])
    #expect(train.order(classes: [9, 6]) == [0, 1, 3, 4, 5, 6] && train.order(classes: []) == [])
    // The published first outputs of SplitMix64 for seed 1234567.
    var generator = SplitMix64(seed: 1_234_567)
    #expect([generator.next(), generator.next()] == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973])
  }
}

@Suite("lists of classes")
struct ClassListTests {
  @Test("the built-in lists have their classes at the known indices")
  func builtIn() {
    #expect(ClassList.imagenet.count == 1000 && ClassList.imagenet.wnids.count == 1000)
    #expect(ClassList.imagenet.names[0] == "tench" && ClassList.imagenet.wnids[0] == "n01440764")
    #expect(
      ClassList.imagenet.names[207] == "golden retriever" && ClassList.imagenet.wnids[207] == "n02099601")
    #expect(ClassList.imagenet.names[999] == "toilet tissue")
    #expect(Set(ClassList.imagenet.wnids).count == 1000)
    #expect(ClassList.cifar10.names[3] == "cat" && ClassList.cifar10.count == 10)
    #expect(ClassList.cifar100.names[88] == "tiger" && ClassList.cifar100.count == 100)
    #expect(ClassList.cifar100.names[1] == "aquarium fish")
  }

  @Test(
    "a class is found by what people type",
    arguments: [
      ("207", ClassList.Match.one(207)), ("n02099601", .one(207)), ("Golden_Retriever", .one(207)),
      ("golden-r", .one(207)), ("tabby", .one(281)), ("1000", .none), ("-1", .none), ("no such thing", .none),
      ("", .none),
      ("tench", .one(0)), ("crane", .one(517)), ("crane b", .one(134)), ("Siamese", .one(284)),
    ])
  func find(_ text: String, _ match: ClassList.Match) { #expect(ClassList.imagenet.find(text) == match) }

  @Test("an ambiguous beginning lists its candidates")
  func ambiguous() {
    #expect(ClassList.cifar10.find("d") == .several([4, 5]))
    let twice = ClassList(name: "t", names: ["crane", "dog, hound", "crane"])
    #expect(twice.find("crane") == .several([0, 2]) && twice.find("HOUND") == .one(1))
  }

  @Test("lists in files: a name a line, or a table with identifiers")
  func files() throws {
    let path = FileManager.default.temporaryDirectory.path + "/classes-\(UUID().uuidString).txt"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("\u{feff}ant\r\nbee hive \n\n".utf8).write(to: URL(fileURLWithPath: path))
    #expect(try ClassList(path: path).names == ["ant", "bee hive"])
    try Data("index,wnid,name\n0,n01,\"ant, red\"\n1,n02,bee\n".utf8).write(to: URL(fileURLWithPath: path))
    let table = try ClassList(path: path)
    #expect(table.names == ["ant, red", "bee"] && table.wnids == ["n01", "n02"])
    try Data("index,wnid,name\n1,n01,ant\n".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: FormatError.self) { try ClassList(path: path) }
    try Data([0xff, 0xfe, 0x0a]).write(to: URL(fileURLWithPath: path))
    #expect(throws: FormatError.self) { try ClassList(path: path) }
  }
}

/// `make lab` and `make test` fetch these weights; tests that need them say so and skip.
@Suite(
  "EfficientNet-Lite0's weights",
  .enabled(if: FileStore().find(WeightFiles.efficientNetLite0) != nil, "needs Scripts/fetch-weights.sh"))
struct EfficientNetLite0Tests {
  // Values from torch.load of the same file; PyTorch says that these kernels lie in memory as height, width, in, out.
  @Test("kernels with foreign strides come out in PyTorch's order")
  func strides() throws {
    let path = try #require(FileStore().find(WeightFiles.efficientNetLite0))
    #expect(WeightFiles.efficientNetLite0.checksum.matches(try MappedFile(path: path).bytes))
    let state = try WeightFormatCatalog.read(path: path)
    #expect(state.count == 296)
    let stem = try #require(state["_conv_stem.weight"])
    #expect(stem.shape == [32, 3, 3, 3] && stem.strides == [1, 32, 288, 96])
    #expect(
      Array(stem.floats().prefix(3)) == [-1.1103360652923584, -1.3087704181671143, -0.010156914591789246])
    let last = try #require(state["_fc.weight"])
    #expect(last.shape == [1000, 1280] && last.floats().last == 0.04085797071456909)
    let sum = last.floats().reduce(0.0) { $0 + Double($1) }
    #expect(abs(sum - -470.63256730128705) < 1e-9)
  }
}
