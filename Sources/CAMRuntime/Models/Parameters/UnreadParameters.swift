import Glibc

/// Parameters that have a shape but are never read: for counting a network's parameters and names without weights.
///
/// All tensors look at one reserved stretch of zero pages that costs no memory.
package final class UnreadParameters: ParameterSource {
  /// Every request in the order in which the network asked.
  package private(set) var requests: [ParameterRequest] = []
  private var reserve: ZeroReserve?

  package init() {}

  package func tensor(for request: ParameterRequest) throws(GraphError) -> Tensor {
    requests.append(request)
    if reserve.map({ $0.byteCount < request.byteCount }) ?? true {
      reserve = ZeroReserve(byteCount: max(1 << 30, request.byteCount))
    }
    guard let reserve else {
      throw .noRoom(
        for: "'\(request.key)' of \(request.shape)", bytes: request.byteCount, available: MemoryRoom.available
      )
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
