internal import CDNNL

/// The element types that the engine computes with.
enum ElementFormat: Sendable, Hashable {
  case float32, bfloat16

  var bytes: Int { self == .float32 ? 4 : 2 }
  var code: Int32 { Int32((self == .float32 ? dnnl_f32 : dnnl_bf16).rawValue) }
}

/// How elements lie in memory, as oneDNN is told.
enum MemoryOrder: Hashable {
  /// As oneDNN likes.
  case any
  /// One axis.
  case vector
  /// `[N, C, H, W]` held as `[N, H, W, C]`.
  case channelsLast
  /// Row-major, four axes or five.
  case rowMajor4, rowMajor5

  var code: Int32 {
    switch self {
    case .any: Int32(dnnl_format_tag_any.rawValue)
    case .vector: Int32(dnnl_a.rawValue)
    case .channelsLast: Int32(dnnl_acdb.rawValue)
    case .rowMajor4: Int32(dnnl_abcd.rawValue)
    case .rowMajor5: Int32(dnnl_abcde.rawValue)
    }
  }
}

/// An owned memory descriptor.
final class MemoryDescription {
  let handle: cdnnl_memory

  init(_ extents: [Int], _ format: ElementFormat, _ order: MemoryOrder) throws(DNNLError) {
    let made = cdnnl_memory_by_tag(Int32(extents.count), extents.map(Int64.init), format.code, order.code)
    guard let made else { throw DNNLError(call: "memory_desc", status: -1) }
    handle = made
  }

  deinit { cdnnl_memory_free(handle) }
}
