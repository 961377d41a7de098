import Glibc

/// Parameters that have a shape but are never read: for counting a network's parameters and names without weights.
///
/// All tensors look at one reserved stretch of zero pages that costs no memory.
package final class UnreadParameters: ParameterSource {
  /// Every request in the order in which the network asked.
  package private(set) var requests: [ParameterRequest] = []
  private let reserve: ZeroReserve?

  package init() { reserve = ZeroReserve(byteCount: 1 << 30) }

  package func tensor(for request: ParameterRequest) -> Tensor {
    requests.append(request)
    guard let reserve, request.shape.count * MemoryLayout<Float>.stride <= reserve.byteCount else {
      return Tensor.zeros(request.shape)
    }
    return Tensor(borrowing: reserve.floats, shape: request.shape, owner: reserve)
  }
}

/// Read-only zero pages.
private final class ZeroReserve: @unchecked Sendable {  // never written, so there is nothing to lock
  let byteCount: Int
  let floats: UnsafePointer<Float>

  init?(byteCount: Int) {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let pages = mmap(nil, byteCount, PROT_READ, flags, -1, 0), pages != MAP_FAILED else { return nil }
    self.byteCount = byteCount
    floats = UnsafePointer(pages.assumingMemoryBound(to: Float.self))
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: floats), byteCount) }
}
