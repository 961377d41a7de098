import Kernel
import Testing

@Suite("signatures") struct MessageSignerTests {
  /// RFC 4231, test cases 1, 2, 3 and 6, with the data cut into the four parts of a message.
  @Test(
    "HMAC-SHA256 of the RFC's vectors",
    arguments: [
      (
        [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      ),
      (
        [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
      ),
      (
        [UInt8](repeating: 0xaa, count: 131),
        Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
    ])
  func vectors(_ key: [UInt8], _ data: [UInt8], _ expected: String) {
    let third = data.count / 3
    var frames = WireFrames(
      identities: [], signature: [], header: Array(data[..<third]), parentHeader: [],
      metadata: Array(data[third..<(2 * third)]), content: Array(data[(2 * third)...]))
    let signer = MessageSigner(key: key)
    frames.signature = signer.signature(of: frames)
    #expect(String(decoding: frames.signature, as: UTF8.self) == expected)
    #expect(signer.verifies(frames))
  }

  private let signer = MessageSigner(key: Array("key".utf8))

  private func signed() -> WireFrames {
    var frames = WireFrames(
      identities: [[1]], signature: [], header: Array("{\"msg_id\":\"1\"}".utf8),
      parentHeader: Array("{}".utf8),
      metadata: Array("{}".utf8), content: Array("{\"a\":1}".utf8), buffers: [[7]])
    frames.signature = signer.signature(of: frames)
    return frames
  }

  @Test(
    "a changed part or signature is found out",
    arguments: [
      { (frames: inout WireFrames) in frames.header[3] ^= 1 }, { frames in frames.parentHeader.append(0x20) },
      { frames in frames.metadata = [] }, { frames in frames.content[5] = 0x32 },
      { frames in frames.signature[63] ^= 1 }, { frames in frames.signature.removeLast() },
      { frames in frames.signature.append(0x30) }, { frames in frames.signature = [] },
      { frames in
        frames.signature = Array(String(decoding: frames.signature, as: UTF8.self).uppercased().utf8)
      },
      { frames in frames.signature = Array("é".utf8) + frames.signature.dropFirst(2) },
    ] as [@Sendable (inout WireFrames) -> Void])
  func tampered(_ change: @Sendable (inout WireFrames) -> Void) {
    var frames = signed()
    #expect(signer.verifies(frames))
    change(&frames)
    #expect(!signer.verifies(frames))
  }

  @Test("without a key nothing is signed and nothing is checked")
  func withoutKey() {
    let open = MessageSigner(key: [])
    var frames = signed()
    #expect(open.signature(of: frames).isEmpty)
    frames.signature = [1, 2]
    #expect(open.verifies(frames))
  }

  @Test("a signature passes once, and the oldest is forgotten where there are too many")
  func replays() {
    let guardian = ReplayGuard(capacity: 3)
    func signature(_ number: Int) -> [UInt8] {
      signer.signature(
        of: WireFrames(
          identities: [], signature: [], header: Array("\(number)".utf8), parentHeader: [], metadata: [],
          content: []))
    }
    for number in 0..<3 { #expect(guardian.admits(signature(number))) }
    for number in 0..<3 { #expect(!guardian.admits(signature(number))) }
    #expect(guardian.admits(signature(3)))
    #expect(guardian.admits(signature(0)))
    for number in [2, 3, 0] { #expect(!guardian.admits(signature(number))) }
    #expect(guardian.admits([]))
    #expect(guardian.admits([]))
  }
}
