/// What a downloaded file must hash to.
package enum Checksum: Sendable, Hashable {
  /// All 64 hexadecimal digits.
  case sha256(String)
  /// The first digits only, as PyTorch puts them into its file names.
  case sha256Prefix(String)
  /// Where a publisher gives nothing better (Keras).
  case md5(String)

  /// Whether `bytes` have this checksum.
  package func matches(_ bytes: ByteSlice) -> Bool {
    switch self {
    case .sha256(let digits): SHA256.digest(of: bytes) == digits
    case .sha256Prefix(let digits): SHA256.digest(of: bytes).hasPrefix(digits)
    case .md5(let digits): MD5.digest(of: bytes) == digits
    }
  }

  /// The hash of `bytes` by the same method, in full.
  package func digest(of bytes: ByteSlice) -> String {
    switch self {
    case .sha256, .sha256Prefix: SHA256.digest(of: bytes)
    case .md5: MD5.digest(of: bytes)
    }
  }

  /// For messages, such as `sha256 397923af...`.
  package var description: String {
    switch self {
    case .sha256(let digits): "sha256 \(digits)"
    case .sha256Prefix(let digits): "sha256 \(digits)..."
    case .md5(let digits): "md5 \(digits)"
    }
  }
}

/// Feeds whole 64-byte blocks to a hash, the last one padded with the length in bits (RFC 1321, FIPS 180-4).
func forEachBlock(
  of bytes: ByteSlice, bigEndianLength: Bool, _ body: (UnsafeRawBufferPointer) -> Void
) {
  bytes.withUnsafeBytes { memory in
    let whole = memory.count / 64 * 64
    for start in stride(from: 0, to: whole, by: 64) {
      body(UnsafeRawBufferPointer(rebasing: memory[start..<start + 64]))
    }
    var tail = [UInt8](memory[whole...]) + [0x80]
    tail += [UInt8](repeating: 0, count: (120 - tail.count) % 64)
    let bits = UInt64(memory.count) * 8
    tail += withUnsafeBytes(of: bigEndianLength ? bits.bigEndian : bits.littleEndian) { [UInt8]($0) }
    tail.withUnsafeBytes { padded in
      for start in stride(from: 0, to: padded.count, by: 64) {
        body(UnsafeRawBufferPointer(rebasing: padded[start..<start + 64]))
      }
    }
  }
}

/// Words as hexadecimal digits.
func hexadecimal(_ words: [UInt32]) -> String {
  words.map { word in
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }.joined()
}
