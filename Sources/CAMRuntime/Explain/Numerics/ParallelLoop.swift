internal import CVector

/// Runs `body` on parts of `0..<count`, each of at least `grain`, on the engine's team of threads.
///
/// The parts run at the same time, so that the body must write to different places for different indices.
func inParallel(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
  withoutActuallyEscaping(body) { body in
    let box = ParallelBody(body)
    cv_parallel(
      count, max(grain, 1),
      { begin, end, context in
        guard let context else { return }
        Unmanaged<ParallelBody>.fromOpaque(context).takeUnretainedValue().run(begin..<end)
      }, Unmanaged.passUnretained(box).toOpaque())
    withExtendedLifetime(box) {}
  }
}

private final class ParallelBody {
  let run: (Range<Int>) -> Void

  init(_ run: @escaping (Range<Int>) -> Void) { self.run = run }
}
