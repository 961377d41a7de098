import Foundation
import ModelIO
import Testing

@Suite("something small from an address", .serialized) struct RemoteBytesTests {
  private let server: LoopbackServer

  init() throws { server = try LoopbackServer() }

  @Test("something small comes into memory", arguments: ["ok", "norange", "redirect", "slow"])
  func remoteBytes(_ kind: String) throws {
    let bytes = try RemoteBytes.fetch("\(server.address)/\(kind)")
    #expect(SHA256.digest(of: ByteSlice(bytes)) == server.sha256)
  }

  @Test("what is missing, broken, too large, elsewhere or not wanted any more is said")
  func remoteFailures() {
    func failure(_ kind: String, limit: Int = 1 << 20, stall: Int = 20, stop: Bool = false) -> DownloadError?
    {
      #expect(throws: DownloadError.self) {
        try RemoteBytes.fetch(
          "\(server.address)/\(kind)", limit: limit, stallSeconds: stall, isInterrupted: { stop })
      }
    }
    func url(_ kind: String) -> String { "\(server.address)/\(kind)" }
    #expect(failure("missing") == .refused(url: url("missing"), status: 404))
    #expect(failure("error") == .refused(url: url("error"), status: 503))
    #expect(failure("ok", limit: 1000) == .tooLarge(url: url("ok"), limit: 1000))
    #expect(failure("norange", stop: true) == .interrupted(url: url("norange")))
    for (kind, stall) in [("dead", 20), ("cut", 20), ("tofile", 20), ("stall", 1)] {
      guard case .unreachable = failure(kind, stall: stall) else {
        Issue.record("\(kind) is no broken connection")
        continue
      }
    }
  }
}
