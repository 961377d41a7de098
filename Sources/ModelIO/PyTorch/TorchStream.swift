/// The stream that PyTorch wrote before 1.6: five pickles (magic, version, machine, value, storage keys),
/// then for each key a count and the numbers.
struct TorchStream: TorchStorages {
  /// The pickled number 0x1950a86a20f9469cfc6c.
  private static let magic: [UInt8] = [
    0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
  ]

  let pickle: Pickle
  private let storages: [String: ByteSlice]

  static func recognises(_ bytes: ByteSlice) -> Bool {
    // From protocol 4 on a frame of eight bytes of length stands around the number.
    guard bytes.count > 2, bytes[0] == 0x80,
      let rest = bytes.dropFirst(bytes[2] == 0x95 ? 11 : 2)
    else { return false }
    return rest.starts(with: magic)
  }

  init(_ bytes: ByteSlice) throws(FormatError) {
    var reader = PickleReader(bytes, allowed: PyTorchCheckpoint.allowedGlobals)
    _ = try reader.next()
    let version = try reader.next()
    guard version.root == .integer(1001) else {
      throw FormatError(.unsupported("this version of PyTorch's stream"), offset: reader.position)
    }
    let machine = try reader.next()
    if machine.entry("little_endian", of: machine.root) == .bool(false) {
      throw FormatError(.unsupported("checkpoints of big-endian machines"), offset: reader.position)
    }
    pickle = try reader.next()
    let keys = try reader.next()
    guard let list = keys.items(keys.root), let rest = bytes.dropFirst(reader.position) else {
      throw FormatError(.invalid("the list of storages is missing"), offset: reader.position)
    }
    let sizes = Self.elementSizes(in: pickle)
    var cursor = ByteReader(rest)
    var storages: [String: ByteSlice] = [:]
    for key in list {
      guard let key = keys.text(key), let size = sizes[key] else {
        throw cursor.failure(.invalid("a storage that no tensor uses"))
      }
      let start = cursor.offset
      let count = try cursor.count(UInt64.self)
      let (byteCount, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else {
        throw FormatError(
          .invalid("a storage of \(count) elements"), subject: "storage '\(key)'", offset: start)
      }
      do throws(FormatError) { storages[key] = try cursor.take(byteCount) } catch {
        throw error.about("storage '\(key)'")
      }
    }
    self.storages = storages
  }

  func storage(_ key: String, byteCount: Int) throws(FormatError) -> ByteSlice {
    guard let bytes = storages[key] else { throw FormatError(.missing("the storage '\(key)'")) }
    guard bytes.count >= byteCount else {
      throw FormatError(.truncated(wanted: byteCount, left: bytes.count), offset: bytes.origin)
    }
    return bytes
  }

  /// Bytes an element by storage key; the stream itself does not say it, its pickled references do.
  private static func elementSizes(in pickle: Pickle) -> [String: Int] {
    var sizes: [String: Int] = [:]
    for identity in pickle.persistents {
      guard let reference = TorchStorageReference(identity, in: pickle) else { continue }
      sizes[reference.key] = reference.elementType?.size ?? 1
    }
    return sizes
  }
}
