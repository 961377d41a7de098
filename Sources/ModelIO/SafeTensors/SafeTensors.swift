/// The safetensors format: eight bytes of header length, a JSON header, then the tensors' bytes.
///
/// Everything the format's own reader refuses is refused too: holes, overlaps, sizes that contradict shapes.
package enum SafeTensors: WeightFormat {
  package static let name = "safetensors"
  /// The format's own limit on its header.
  static let longestHeader = 100_000_000

  package static func recognises(_ bytes: ByteSlice) -> Bool {
    guard bytes.count >= 10 else { return false }
    var reader = ByteReader(bytes)
    guard let length = try? reader.integer(UInt64.self), length <= longestHeader else { return false }
    return bytes[8] == UInt8(ascii: "{")
  }

  package static func read(_ bytes: ByteSlice, directory: String?) throws(FormatError) -> StateDictionary {
    var reader = ByteReader(bytes)
    let length = try reader.count(UInt64.self)
    guard length <= longestHeader else {
      throw FormatError(.tooLarge(what: "the header", size: length, limit: longestHeader), offset: 0)
    }
    let header = try reader.take(length)
    var budget = MemoryBudget(fileSize: bytes.count)
    let document = try JSONDocument(parsing: header, budget: &budget)
    guard let members = document.members, let data = bytes.dropFirst(8 + length) else {
      throw FormatError(.invalid("the header is no JSON object"), offset: 8)
    }
    var metadata: [String: String] = [:]
    var entries: [(place: Range<Int>, tensor: RawTensor)] = []
    for member in members {
      if member.name == "__metadata__" {
        for entry in member.value.members ?? [] { metadata[entry.name] = entry.value.string }
      } else {
        do throws(FormatError) {
          entries.append(try tensor(named: member.name, member.value, in: data))
        } catch {
          var located = error.about("tensor '\(member.name)'")
          located.offset = error.offset ?? 8
          throw located
        }
      }
    }
    try checkCovering(entries.map { ($0.place, $0.tensor.name) }, of: data)
    let tensors = try RoundedTensor.expanded(entries.map(\.tensor), metadata: metadata)
    return try StateDictionary(format: name, tensors: tensors, metadata: metadata)
  }

  private static func tensor(
    named name: String, _ entry: JSONDocument, in data: ByteSlice
  ) throws(FormatError) -> (place: Range<Int>, tensor: RawTensor) {
    guard let type = entry["dtype"]?.string else {
      throw FormatError(.missing("the 'dtype' of the header's entry"))
    }
    guard let elementType = elementTypes.first(where: { $0.code == type })?.type else {
      throw FormatError(.unsupported("the element type '\(type)'"))
    }
    guard let sizes = entry["shape"]?.array, let places = entry["data_offsets"]?.array, places.count == 2,
      let start = places[0].integer, let end = places[1].integer
    else { throw FormatError(.missing("the 'shape' or 'data_offsets' of the header's entry")) }
    var shape: [Int] = []
    for size in sizes {
      guard let size = size.integer else { throw FormatError(.invalid("a size that is no integer")) }
      shape.append(size)
    }
    guard start >= 0, start <= end, let bytes = data.slice(start..<max(start, end)) else {
      throw FormatError(
        .invalid("the bytes \(start) to \(end) lie outside the \(data.count) bytes of data"),
        offset: data.origin)
    }
    let tensor = try RawTensor(name: name, elementType: elementType, shape: shape, bytes: bytes)
    guard tensor.elementCount * elementType.size == bytes.count else {
      throw FormatError(
        .invalid(
          "the shape \(shape) needs \(tensor.elementCount * elementType.size) bytes, not \(bytes.count)"),
        offset: bytes.origin)
    }
    return (start..<end, tensor)
  }

  private static func checkCovering(
    _ entries: [(place: Range<Int>, name: String)], of data: ByteSlice
  ) throws(FormatError) {
    var end = 0
    for entry in entries.sorted(by: {
      ($0.place.lowerBound, $0.place.upperBound) < ($1.place.lowerBound, $1.place.upperBound)
    }) {
      guard entry.place.lowerBound == end else {
        throw FormatError(
          .invalid(
            "its bytes begin at \(entry.place.lowerBound) of the data, the tensor before ends at \(end)"),
          subject: "tensor '\(entry.name)'", offset: data.origin + end)
      }
      end = entry.place.upperBound
    }
    guard end == data.count else {
      throw FormatError(
        .invalid("\(data.count - end) bytes after the last tensor"), offset: data.origin + end)
    }
  }

  static let elementTypes: [(code: String, type: ElementType)] = [
    ("F32", .float32), ("F64", .float64), ("F16", .float16), ("BF16", .bfloat16), ("I8", .int8),
    ("I16", .int16), ("I32", .int32), ("I64", .int64), ("U8", .uint8), ("U16", .uint16), ("U32", .uint32),
    ("U64", .uint64), ("BOOL", .bool),
  ]
}
