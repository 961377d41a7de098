import Display
import Foundation
import Kernel
import ModelIO
import TestSupport
import Testing

/// `dataset fetch` from a server on loopback.
@Suite("data sets, fetched by the command", .serialized)
final class DatasetFetchTests {
  private let folder = FileManager.default.temporaryDirectory.path + "/datasets-\(UUID().uuidString)"
  private var cache: String { folder + "/cache" }
  private var served: String { folder + "/served" }

  init() throws {
    try FileManager.default.createDirectory(atPath: served, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// An archive of a few pictures in the layout of the set's author, in the folder that is served.
  private func writeArchive(_ kind: String, _ layout: String, name: String) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "\(SharedFiles.checkout)/Tests/Fixtures/cifar_archive.py", kind, layout, "\(served)/\(name)",
    ]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(served)/\(name)")))
  }

  @Test(
    "an archive of either layout comes over a connection that breaks, is checked, unpacked and opened",
    arguments: ["cifar10", "cifar100"], ["binary", "python"])
  func fetched(_ kind: String, _ layout: String) throws {
    let name = "\(kind)-\(layout).tar.gz"
    let bytes = try writeArchive(kind, layout, name: name)
    let checksum = Checksum.sha256(SHA256.digest(of: ByteSlice(bytes)))
    var server: ScriptServer? = try ScriptServer.folder(served, brokenAfter: bytes.count / 2)
    let file = RemoteFile(
      name: name, url: "\(try #require(server).address)/\(name)", checksum: checksum, size: bytes.count)
    let command = DatasetCommand(archives: [kind: file], directory: cache)
    let others = CommandCatalog.all.filter { $0.signature.verb != command.signature.verb }
    let transcript = Transcript(
      Session(commands: others + [command], names: NameCatalog.all, settings: SettingCatalog.all))

    #expect(transcript.run("dataset fetch \(kind)").mistakeCode == nil)
    let count = kind == "cifar10" ? 10 : 2
    #expect(transcript.lastResult?.hasPrefix("\(kind) train: \(count) pictures of \(count) classes") == true)
    #expect(transcript.run("batch size=2").mistakeCode == nil)
    let pictures = try #require(transcript.session.workspace.currentIfAny(LoadedImages.self)).images
    #expect(pictures.map(\.label) == [0, 1])
    #expect(pictures[1].raster[3, 0] == (10, 10, 10))

    // The second time, and by name alone, nobody is asked; the archive itself is gone.
    server = nil
    #expect(transcript.run("dataset fetch \(kind) split=test").mistakeCode == nil)
    #expect(transcript.lastResult?.hasPrefix("\(kind) test: 1 pictures") == true)
    #expect(transcript.run("dataset \(kind)").mistakeCode == nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: cache) == ["datasets"])
  }

  private func run(_ cell: String, mirror: String) throws -> (status: Int32, out: String, err: String) {
    var environment: [String: String?] = ["CAMKERNEL_CACHE": cache, "CAMKERNEL_MIRROR": mirror]
    for name in ["http_proxy", "all_proxy"] { environment.updateValue(nil, forKey: name) }
    return try BuiltProgram.run(cell, environment: environment)
  }

  @Test("the program refuses another archive than the published one", arguments: ["cifar10", "cifar100"])
  func wrong(_ kind: String) throws {
    let file = try #require(DatasetFiles.all[kind])
    _ = try writeArchive(kind, "binary", name: file.name)
    let server = try ScriptServer.folder(served)
    let answer = try run("dataset fetch \(kind)", mirror: server.address)
    withExtendedLifetime(server) {}
    #expect(answer.status == 1)
    #expect(answer.err.contains("damaged or another file") && answer.err.contains(file.checksum.description))
    #expect(try FileManager.default.contentsOfDirectory(atPath: cache) == [])
  }

  @Test("without a network the message says where the archive belongs")
  func offline() throws {
    let answer = try run("dataset fetch cifar10", mirror: "http://127.0.0.1:9")
    #expect(answer.status == 1)
    for part in ["http://127.0.0.1:9/cifar-10-binary.tar.gz", "\(cache)/cifar-10-binary.tar.gz"] {
      #expect(answer.err.contains(part), "\(answer.err)")
    }
  }
}
