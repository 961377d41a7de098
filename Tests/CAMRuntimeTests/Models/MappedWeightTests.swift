import CAMRuntime
import Glibc
import ModelIO
import Testing

@Suite("weights of mapped files") struct MappedWeightTests {
  @Test("when they are packed they leave the process and stay in the system's cache of files")
  func pages() throws {
    let architecture = try #require(ArchitectureCatalog.architecture(named: "resnet9-cifar"))
    let random = RandomParameters(seed: 5)
    let path = try TemporaryWeights.write(
      try architecture.requests().map {
        ($0.key, $0.shape.dimensions, try random.tensor(for: $0).values)
      })
    try Self.writeBack(path)
    var options = ModelOptions()
    options.weights = path
    let model = try ModelLoader.model("resnet9-cifar", options: options) { _ throws(ModelError) in
      throw .option("none")
    }
    var numbers = SeededNumbers(3)
    let network = try Network(model.graph)
    _ = try network.forward(numbers.tensor([1, 3, 32, 32]))
    let held = try #require(try Self.heldBytes(path), "the file is mapped as long as the model lives")
    let (cached, pages) = try Self.cachedPages(path)
    withExtendedLifetime((model, network)) {}
    // Pages that hold the ends of two tensors stay, and so do the linear layer's, which are not packed.
    #expect(held < pages * Self.page / 10)
    // Another process' need of memory may throw out some; told to, the system throws out all.
    #expect(cached > pages * 9 / 10)
  }

  private static let page = 4096

  /// Has the system write a file to its disk: pages that differ from it cannot be thrown out.
  private static func writeBack(_ path: String) throws {
    let file = open(path, O_RDWR)
    try #require(file >= 0)
    defer { close(file) }
    try #require(fsync(file) == 0)
  }

  /// Bytes of a file's mappings that are in this process' memory; nil where it has none.
  private static func heldBytes(_ path: String) throws -> Int? {
    let file = try #require(fopen("/proc/self/smaps", "r"))
    defer { fclose(file) }
    var held: Int?, isOurs = false
    var line = [CChar](repeating: 0, count: 8192)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      let words = text.split { $0 == " " || $0 == "\n" }
      guard let first = words.first, let last = words.last else { continue }
      if first.contains("-"), !first.hasSuffix(":") { isOurs = last == path }
      guard isOurs, first == "Rss:", words.count > 1, let kilobytes = Int(words[1]) else { continue }
      held = (held ?? 0) + kilobytes * 1024
    }
    return held
  }

  /// How many of a file's pages the system holds, and how many there are.
  private static func cachedPages(_ path: String) throws -> (cached: Int, pages: Int) {
    let file = open(path, O_RDONLY)
    try #require(file >= 0)
    defer { close(file) }
    let length = Int(lseek(file, 0, SEEK_END)), pages = (length + page - 1) / page
    let memory = try #require(mmap(nil, length, PROT_READ, MAP_SHARED, file, 0))
    try #require(memory != MAP_FAILED)
    defer { munmap(memory, length) }
    var states = [UInt8](repeating: 0, count: pages)
    try #require(mincore(memory, length, &states) == 0)
    return (states.count { $0 & 1 == 1 }, pages)
  }
}
