import Foundation
import ModelIO
import Testing

@Suite("the store of downloaded files", .serialized)
final class FileStoreTests {
  private let server: LoopbackServer
  private let folder: String
  private let store: FileStore

  init() throws {
    server = try LoopbackServer()
    folder = FileManager.default.temporaryDirectory.path + "/store-\(UUID().uuidString)/deep"
    store = FileStore(directory: folder)
  }

  deinit { try? FileManager.default.removeItem(atPath: (folder as NSString).deletingLastPathComponent) }

  private var leftOver: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder).sorted()) ?? []
  }

  private func failure(
    _ kind: String, attempts: Int = 4, stall: Int = 30, checksum: Checksum? = nil
  ) -> FetchError? {
    #expect(throws: FetchError.self) {
      try self.store.fetch(self.server.file(kind, checksum), attempts: attempts, stallSeconds: stall)
    }
  }

  @Test("a file is fetched, checked, kept, and not fetched again", arguments: ["ok", "norange", "redirect"])
  func fetched(_ kind: String) throws {
    var steps: [FetchProgress] = []
    let file = server.file(kind, size: server.size)
    let path = try store.fetch(file, progress: { steps.append($0) })
    #expect(path == folder + "/net-\(kind).pth")
    #expect(SHA256.digest(of: try MappedFile(path: path).bytes) == server.sha256)
    #expect(steps.last == FetchProgress(received: server.size, total: server.size))
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.received <= $1.received })
    #expect(leftOver == ["net-\(kind).pth"])
    let requests = try server.log().count
    #expect(try store.fetch(file) == path)
    #expect(try server.log().count == requests)
  }

  @Test("a connection that breaks off is taken up where it broke")
  func resumed() throws {
    _ = try store.fetch(server.file("cut"))
    #expect(try server.log() == ["cut ", "cut bytes=100000-", "cut bytes=200000-"])
  }

  @Test(
    "what an earlier try left is continued, also by a server that knows no ranges",
    arguments: ["ok", "norange"])
  func continued(_ kind: String) throws {
    let whole = try MappedFile(path: try store.fetch(server.file("ok"))).bytes.array
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    if kind == "ok" { try FileManager.default.removeItem(atPath: folder + "/net-ok.pth") }
    try Data(whole.prefix(1234)).write(to: URL(fileURLWithPath: folder + "/net-\(kind).pth.partial"))
    let path = try store.fetch(server.file(kind))
    #expect(try MappedFile(path: path).bytes.array == whole)
    #expect(try server.log().last == "\(kind) bytes=1234-")
  }

  @Test(
    "a left-over that is none of the file is thrown away, and the file comes all the same",
    arguments: [400_000, 300_000, 1_234])
  func foreignLeftOver(_ count: Int) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(count: count).write(to: URL(fileURLWithPath: folder + "/net-ok.pth.partial"))
    let path = try store.fetch(server.file("ok"))
    #expect(SHA256.digest(of: try MappedFile(path: path).bytes) == server.sha256)
    #expect(leftOver == ["net-ok.pth"])
    #expect(try server.log() == ["ok bytes=\(count)-", "ok"])
  }

  @Test("what is not the published file behind a left-over is asked for once more, not for ever")
  func wrongBehindLeftOver() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(count: 1234).write(to: URL(fileURLWithPath: folder + "/net-wrong.pth.partial"))
    guard case .wrongContent = failure("wrong") else {
      Issue.record("other content was accepted")
      return
    }
    #expect(leftOver == [])
    #expect(try server.log() == ["wrong bytes=1234-", "wrong"])
  }

  @Test("content of another length says how long it is")
  func wrongLength() throws {
    let file = server.file("ok", .sha256(String(repeating: "0", count: 64)), size: 7)
    let error = #expect(throws: FetchError.self) { try self.store.fetch(file) }
    #expect(error?.description.contains("(\(server.size) bytes, not 7)") == true)
  }

  @Test("every kind of checksum is compared, and other content leaves nothing behind")
  func checksums() throws {
    let wrong = failure("wrong")
    guard case .wrongContent(_, let found, _) = wrong else {
      Issue.record("\(String(describing: wrong))")
      return
    }
    #expect(found != server.sha256)
    #expect(leftOver == [])
    guard case .wrongContent = failure("ok", checksum: .sha256Prefix("00000000")) else {
      Issue.record("a wrong prefix was accepted")
      return
    }
    guard case .wrongContent = failure("ok", checksum: .md5(String(repeating: "0", count: 32))) else {
      Issue.record("a wrong md5 was accepted")
      return
    }
    _ = try store.fetch(server.file("ok", .sha256Prefix(String(server.sha256.prefix(8)))))
    _ = try store.fetch(server.file("redirect", .md5(server.md5)))
  }

  @Test("errors of the server and of the network say what to do")
  func errors() throws {
    #expect(failure("missing")?.description.contains("status 404") == true)
    #expect(failure("error")?.description.contains("status 503") == true)
    #expect(try server.log().filter { $0.hasPrefix("error") }.count == 4)
    let dead = failure("dead")
    guard case .unreachable(_, let path, _) = dead else {
      Issue.record("\(String(describing: dead))")
      return
    }
    #expect(path == folder + "/net-dead.pth")
    #expect(dead?.description.contains("put it at \(path)") == true)
    guard case .unreachable = failure("tofile") else {
      Issue.record("followed a redirection to a file")
      return
    }
    let nobody = RemoteFile(name: "x.pth", url: "http://127.0.0.1:9/x.pth", checksum: .sha256(""))
    let error = #expect(throws: FetchError.self) { try self.store.fetch(nobody) }
    #expect(error?.description.contains("http://127.0.0.1:9/x.pth") == true)
  }

  @Test("a server that falls silent is given up; what came is kept")
  func stalled() throws {
    let error = failure("stall", attempts: 1, stall: 1)
    guard case .cutOff(_, let received, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(received >= 1000)
    #expect(leftOver == ["net-stall.pth.partial"])
  }

  @Test("an interrupt ends a slow download, and the next try continues it")
  func interrupted() throws {
    var calls = 0
    let error = #expect(throws: FetchError.self) {
      try self.store.fetch(
        self.server.file("slow"),
        isInterrupted: {
          calls += 1
          return calls > 20
        })
    }
    guard case .interrupted(_, let received) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(received < server.size)
    _ = try store.fetch(server.file("slow"))
    #expect(try server.log().last == "slow bytes=\(received)-")
  }

  @Test("two processes do not write the same file")
  func busy() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let path = folder + "/net-ok.pth.partial"
    let descriptor = open(path, O_RDWR | O_CREAT, 0o600)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX) == 0)
    #expect(throws: FetchError.busy(server.file("ok"))) { try self.store.fetch(self.server.file("ok")) }
  }

  @Test("weights without an address of their own name the script")
  func script() {
    let file = RemoteFile(name: "not-there.pth", url: "", checksum: .sha256(""))
    let error = #expect(throws: FetchError.self) { try self.store.fetch(file) }
    #expect(error?.description.contains("Scripts/fetch-weights.sh") == true)
    #expect(error?.description.contains(folder) == true)
  }
}

@Suite("hashes")
struct HashTests {
  // The vectors of FIPS 180-4 and RFC 1321, and lengths around the padding's edges from Python's hashlib.
  @Test(
    "the published vectors hold",
    arguments: [
      (
        "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "d41d8cd98f00b204e9800998ecf8427e"
      ),
      (
        "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "900150983cd24fb0d6963f7d28e17f72"
      ),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", "8215ef0796a20bcaaae116d3876c664a"
      ),
      (
        "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
        "f371bc4a311f2b009eef952dd83ca80e2b60026c8e935592d0f9c308453c813e", "57edf4a22be3c955ac49da2e2107b67a"
      ),
    ])
  func vectors(_ text: String, _ sha256: String, _ md5: String) {
    let bytes = ByteSlice(Array(text.utf8))
    #expect(SHA256.digest(of: bytes) == sha256)
    #expect(MD5.digest(of: bytes) == md5)
  }
}
