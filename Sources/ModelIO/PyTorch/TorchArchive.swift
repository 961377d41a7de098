/// The zip container of PyTorch 1.6 and later: `NAME/data.pkl` and a member `NAME/data/KEY` a storage.
struct TorchArchive: TorchStorages {
  let pickle: Pickle
  private var archive: ZipArchive
  private let members: [String: ZipArchive.Member]
  private var storages: [String: ByteSlice] = [:]

  static func pickleMember(of archive: ZipArchive) -> ZipArchive.Member? {
    archive.members.first { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
  }

  init(_ bytes: ByteSlice) throws(FormatError) {
    archive = try ZipArchive(bytes)
    guard let member = Self.pickleMember(of: archive) else {
      throw FormatError(.missing("the member 'data.pkl'"), offset: bytes.count)
    }
    let prefix = member.name.dropLast("data.pkl".count)
    if let order = archive.member(named: prefix + "byteorder"), try archive.read(order).text == "big" {
      throw FormatError(.unsupported("checkpoints of big-endian machines"), offset: order.headerOffset)
    }
    var members: [String: ZipArchive.Member] = [:]
    for member in archive.members where member.name.hasPrefix(prefix + "data/") {
      members[String(member.name.dropFirst(prefix.count + 5))] = member
    }
    self.members = members
    do throws(FormatError) {
      var reader = PickleReader(
        try archive.read(member), allowed: PyTorchCheckpoint.allowedGlobals,
        budget: MemoryBudget(fileSize: bytes.count))
      pickle = try reader.next()
    } catch { throw error.about("member '\(member.name)'") }
  }

  mutating func storage(_ key: String, byteCount: Int) throws(FormatError) -> ByteSlice {
    if let known = storages[key] { return known }
    guard let member = members[key] else { throw FormatError(.missing("the storage 'data/\(key)'")) }
    let bytes = try archive.read(member)
    guard bytes.count >= byteCount else {
      throw FormatError(.truncated(wanted: byteCount, left: bytes.count), offset: bytes.origin)
    }
    storages[key] = bytes
    return bytes
  }
}
