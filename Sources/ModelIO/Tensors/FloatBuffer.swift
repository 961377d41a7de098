/// Numbers in a row, either borrowed from a mapped file or made by conversion; its owner keeps them alive.
///
/// `@unchecked Sendable`: nobody writes to the numbers once the buffer exists.
package struct FloatBuffer: RandomAccessCollection, @unchecked Sendable {
  /// Keeps the memory behind `pointer` alive.
  package let owner: AnyObject
  /// The first number; valid while `owner` lives.
  package let pointer: UnsafePointer<Float>
  package let count: Int
  /// Whether the numbers are the file's own bytes and nothing was copied.
  package let isBorrowed: Bool

  init(owner: AnyObject, pointer: UnsafePointer<Float>, count: Int, isBorrowed: Bool) {
    self.owner = owner
    self.pointer = pointer
    self.count = count
    self.isBorrowed = isBorrowed
  }

  /// `count` numbers, written by `fill`.
  init(count: Int, fill: (UnsafeMutableBufferPointer<Float>) -> Void) {
    let block = Allocation(byteCount: count * MemoryLayout<Float>.stride)
    let floats = block.memory.bindMemory(to: Float.self)
    fill(floats)
    let start = block.address.assumingMemoryBound(to: Float.self)
    self.init(owner: block, pointer: UnsafePointer(start), count: count, isBorrowed: false)
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { count }

  package subscript(index: Int) -> Float {
    precondition(index >= 0 && index < count)
    return pointer[index]
  }

  /// Tells that the numbers are not needed soon: a mapped file's pages come back when they are read again.
  package func letGo() {
    (owner as? MappedFile)?.letGo(pointer, count: count * MemoryLayout<Float>.stride)
  }

  /// Gives the numbers to `body`; the pointer is valid inside only.
  package func withUnsafeBufferPointer<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(owner) {} }
    return try body(UnsafeBufferPointer(start: pointer, count: count))
  }
}
