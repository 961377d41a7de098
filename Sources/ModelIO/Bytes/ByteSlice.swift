import Glibc

/// A run of immutable bytes, whatever keeps them alive, and who waits for them; cutting a piece out copies nothing.
///
/// `@unchecked Sendable`: nobody writes to the bytes once the slice exists.
package struct ByteSlice: @unchecked Sendable {
  /// Keeps the memory alive: a mapped file or an allocation.
  package let owner: AnyObject
  private let base: UnsafeRawPointer
  package let count: Int
  /// Where the first byte lies in its file; errors report it.
  package let origin: Int
  /// Who waits for what is read of the bytes; nil where that cannot be broken off.
  package let waiter: Waiter?

  init(
    owner: AnyObject, base: UnsafeRawPointer, count: Int, origin: Int = 0, waiter: Waiter? = nil
  ) {
    self.owner = owner
    self.base = base
    self.count = count
    self.origin = origin
    self.waiter = waiter
  }

  /// A copy of `array`.
  package init(_ array: [UInt8]) {
    let block = Allocation(byteCount: array.count)
    array.withUnsafeBytes { block.memory.copyMemory(from: $0) }
    self.init(block)
  }

  /// The whole of an allocation, which nobody may write to any more.
  package init(_ allocation: Allocation) {
    self.init(
      owner: allocation, base: UnsafeRawPointer(allocation.address), count: allocation.memory.count)
  }

  package var isEmpty: Bool { count == 0 }

  /// The byte at `index`, which must be inside.
  package subscript(index: Int) -> UInt8 {
    precondition(index >= 0 && index < count)
    return base.load(fromByteOffset: index, as: UInt8.self)
  }

  /// The bytes of `range`; nil where it is not inside.
  package func slice(_ range: Range<Int>) -> ByteSlice? {
    guard range.lowerBound >= 0, range.upperBound <= count else { return nil }
    return ByteSlice(
      owner: owner, base: base + range.lowerBound, count: range.count, origin: origin + range.lowerBound,
      waiter: waiter)
  }

  /// The bytes from `start` to the end; nil where `start` lies beyond the end.
  package func dropFirst(_ start: Int) -> ByteSlice? {
    start >= 0 && start <= count ? slice(start..<count) : nil
  }

  /// The same bytes, which lie at `origin` of their file.
  package func at(origin: Int) -> ByteSlice {
    ByteSlice(owner: owner, base: base, count: count, origin: origin, waiter: waiter)
  }

  /// The same bytes, read on behalf of `waiter`.
  package func awaited(by waiter: Waiter?) -> ByteSlice {
    ByteSlice(owner: owner, base: base, count: count, origin: origin, waiter: waiter)
  }

  /// Gives the bytes to `body`; the pointer is valid inside only.
  package func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let result: Result
    do {
      result = try body(UnsafeRawBufferPointer(start: base, count: count))
    } catch {
      withExtendedLifetime(owner) {}
      throw error
    }
    withExtendedLifetime(owner) {}
    return result
  }

  /// Tells that bytes of a mapped file were copied: its pages come back when they are read again.
  func letGo() {
    (owner as? MappedFile)?.letGo(base, count: count)
  }

  /// Whether the bytes begin with `prefix`.
  package func starts(with prefix: some Collection<UInt8>) -> Bool {
    count >= prefix.count && zip(0..., prefix).allSatisfy { self[$0] == $1 }
  }

  /// The bytes as an array of their own.
  package var array: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

  /// The bytes as text; nil where they are not UTF-8.
  package var text: String? { withUnsafeBytes { String(validating: $0, as: UTF8.self) } }
}

/// Writable memory of a fixed size, aligned for vector loads; frozen by making a `ByteSlice` of it.
///
/// `@unchecked Sendable`: written by its maker only, before it is shared.
package final class Allocation: @unchecked Sendable {
  package let memory: UnsafeMutableRawBufferPointer
  let address: UnsafeMutableRawPointer

  /// Uninitialised memory of `byteCount` bytes.
  package init(byteCount: Int) {
    address = .allocate(byteCount: max(byteCount, 1), alignment: 64)
    memory = UnsafeMutableRawBufferPointer(start: address, count: byteCount)
  }

  deinit { address.deallocate() }

  /// Refuses what the system would not promise; it is given back at once, and never written.
  package static func check(_ byteCount: Int) throws(FormatError) {
    guard byteCount > 4 << 20 else { return }
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let place = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0), place != MAP_FAILED else {
      throw FormatError(.system(call: "mmap", code: ENOMEM))
    }
    munmap(place, byteCount)
  }
}
