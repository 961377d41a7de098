import CAMRuntime
import Foundation
import Kernel
import ModelIO
import TestSupport
import Testing

/// `model NAME` with a cache folder and a mirror of its own.
///
/// Both are told through the environment, so every cell runs in a process of its own.
@Suite("official weights, fetched by the command", .serialized)
final class FetchedWeightsTests {
  private static let file = WeightFiles.efficientNetLite0
  private let folder = FileManager.default.temporaryDirectory.path + "/fetched-\(UUID().uuidString)"
  private let real: String?
  private var cache: String { folder + "/cache" }
  private var served: String { folder + "/served" }

  init() throws {
    real = FileStore().find(Self.file)
    try FileManager.default.createDirectory(atPath: served, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func run(
    _ cell: String, mirror: String, cache: String? = nil, onTerminal: Bool = false
  ) throws -> (status: Int32, out: String, err: String) {
    var environment: [String: String?] = [
      "CAMKERNEL_CACHE": cache ?? self.cache, "CAMKERNEL_MIRROR": mirror,
    ]
    for name in ["TORCH_HOME", "KERAS_HOME", "HOME", "XDG_CACHE_HOME"] { environment[name] = folder }
    for name in ["VIRTUAL_ENV", "CONDA_PREFIX", "http_proxy", "all_proxy"] {
      environment.updateValue(nil, forKey: name)
    }
    return try BuiltProgram.run(cell, environment: environment, onTerminal: onTerminal)
  }

  private var left: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: cache).sorted()) ?? []
  }

  @Test("a file comes from the server once, checked, over a connection that breaks")
  func fetched() throws {
    guard let real else {
      print("skipped: EfficientNet-Lite0's weights are not on this machine")
      return
    }
    try FileManager.default.copyItem(atPath: real, toPath: "\(served)/\(Self.file.name)")
    let server = try ScriptServer.folder(served, brokenAfter: 5_000_000)
    let first = try run("model efficientnet-lite0", mirror: server.address, onTerminal: true)
    #expect(first.status == 0, "\(first.err)")
    #expect(first.out.contains("4,652,008 parameters") && first.out.contains("/cache/\(Self.file.name)"))
    #expect(first.out.contains("fetch \(Self.file.name) ██") && first.out.contains("18384/18384 KiB"))
    #expect(left == [Self.file.name])
    let second = try run("model efficientnet-lite0", mirror: "http://127.0.0.1:9")
    #expect(second.status == 0 && !(second.out + second.err).contains("fetch "))
  }

  @Test(
    "what is not the published file is thrown away",
    arguments: ["resnet18", "resnet50", "vgg16", "inception-v3", "xception", "vgg16-keras", "resnet50-keras"])
  func wrong(_ name: String) throws {
    let file = try #require(ArchitectureCatalog.architecture(named: name)?.weights)
    try Data("not the weights".utf8).write(to: URL(fileURLWithPath: "\(served)/\(file.name)"))
    let server = try ScriptServer.folder(served)
    let answer = try run("model \(name)", mirror: server.address)
    withExtendedLifetime(server) {}
    #expect(answer.status == 1)
    #expect(answer.err.contains("damaged or another file") && answer.err.contains(file.checksum.description))
    #expect(left == [])
  }

  @Test("without a network the message says what to put where")
  func offline() throws {
    let answer = try run("model resnet18", mirror: "http://127.0.0.1:9")
    #expect(answer.status == 1 && left == [])
    for part in ["http://127.0.0.1:9/resnet18-f37072fd.pth", "\(cache)/resnet18-f37072fd.pth", "random=SEED"]
    {
      #expect(answer.err.contains(part), "\(answer.err)")
    }
  }

  @Test("the cache may be named with `~`, and one that cannot be written is no riddle")
  func cacheFolders() throws {
    let home = try run("model resnet18", mirror: "http://127.0.0.1:9", cache: "~/cache")
    #expect(home.err.contains("put it at \(cache)/resnet18-f37072fd.pth"), "\(home.err)")
    try Data().write(to: URL(fileURLWithPath: "\(folder)/file"))
    let refused = try run("model resnet18", mirror: "http://127.0.0.1:9", cache: "\(folder)/file/cache")
    #expect(refused.status == 1)
    #expect(refused.err.contains("error[bad-file]: \(folder)/file/cache: mkdir: "), "\(refused.err)")
    #expect(refused.err.contains("`CAMKERNEL_CACHE` names another folder"), "\(refused.err)")
  }

  @Test("weights come with the project or from their publisher, over TLS, and hash to what is known")
  func origins() throws {
    for architecture in ArchitectureCatalog.all {
      guard let file = architecture.weights else { continue }
      #expect(WeightFiles.all.contains(file))
      if file.isShipped {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(SharedFiles.checkout)/weights/\(file.name)"))
        #expect(bytes.count == file.size)
        #expect(file.checksum == .sha256(SHA256.digest(of: ByteSlice([UInt8](bytes)))))
      } else if file.url.isEmpty {
        #expect(file.carrier != nil)
      } else {
        #expect(file.url.hasPrefix("https://") && file.url.hasSuffix("/" + file.name))
      }
    }
    #expect(ArchitectureCatalog.all.allSatisfy { $0.weights != nil })
  }
}
