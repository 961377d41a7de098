internal import CSodium

/// Signs messages and checks signatures: HMAC-SHA256 over the very bytes on the wire, as lower-case hexadecimal.
///
/// An empty key means that messages are not signed: signatures are empty and none is checked.
package struct MessageSigner: Sendable {
  /// The hash state after the key; each message starts from a copy.
  ///
  /// Nil without a key.
  private let keyed: crypto_auth_hmacsha256_state?

  package init(key: [UInt8]) {
    guard !key.isEmpty else {
      keyed = nil
      return
    }
    var state = crypto_auth_hmacsha256_state()
    crypto_auth_hmacsha256_init(&state, key, key.count)
    keyed = state
  }

  package var isSigning: Bool { keyed != nil }

  /// The signature of the four JSON parts of `frames`.
  package func signature(of frames: WireFrames) -> [UInt8] {
    digest(of: frames).map(Self.hexadecimal) ?? []
  }

  /// True where the signature of `frames` is the right one; takes the same time wherever it differs.
  package func verifies(_ frames: WireFrames) -> Bool {
    guard let digest = digest(of: frames) else { return true }
    let expected = Self.hexadecimal(digest)
    guard frames.signature.count == expected.count else { return false }
    return sodium_memcmp(expected, frames.signature, expected.count) == 0
  }

  private func digest(of frames: WireFrames) -> [UInt8]? {
    guard var state = keyed else { return nil }
    for part in [frames.header, frames.parentHeader, frames.metadata, frames.content] {
      crypto_auth_hmacsha256_update(&state, part, UInt64(part.count))
    }
    var digest = [UInt8](repeating: 0, count: Int(crypto_auth_hmacsha256_BYTES))
    crypto_auth_hmacsha256_final(&state, &digest)
    return digest
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return text
  }
}
