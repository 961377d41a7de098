/// Lets decoders in C ask whether their picture is still wanted.
enum StopQuestion {
  typealias Question = @convention(c) (UnsafeMutableRawPointer?) -> Int32

  /// Calls `body` with a question for C and what it must be asked with; both are valid inside only.
  static func ask<Result>(
    _ isStopped: () -> Bool, _ body: (Question, UnsafeMutableRawPointer) -> Result
  ) -> Result {
    withoutActuallyEscaping(isStopped) { isStopped in
      var isStopped = isStopped
      return withUnsafeMutablePointer(to: &isStopped) { place in
        body({ $0?.assumingMemoryBound(to: (() -> Bool).self).pointee() == true ? 1 : 0 }, place)
      }
    }
  }
}
