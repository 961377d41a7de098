internal import CAMRuntime
internal import Display
import Glibc
internal import ModelIO

/// Pictures of a data set in a given order, decoded on several threads ahead of their use.
///
/// A picture that cannot be read is skipped, and its name and reason are kept.
final class PictureStream {
  /// A decoded picture.
  struct Picture: Sendable {
    let name: String
    let label: Int?
    let raster: Raster
  }

  /// A picture that was skipped.
  struct Broken: Sendable {
    let name: String
    let reason: String
  }

  private let ahead: DecodingAhead
  private var threads: [pthread_t] = []
  private(set) var broken: [Broken] = []

  /// - Parameters:
  ///   - dataset: where the pictures are.
  ///   - order: which of them, in which order.
  ///   - workers: how many threads decode.
  ///   - interrupt: the flag that ends decoding.
  init(
    _ dataset: ImageDataset, order: [Int], workers: Int = PictureStream.usualWorkers, interrupt: InterruptFlag
  ) {
    ahead = DecodingAhead(dataset, order: order, room: 4 * workers, interrupt: interrupt)
    for _ in 0..<min(workers, max(1, order.count)) {
      var thread = pthread_t()
      let context = Unmanaged.passRetained(ahead)
      let code = pthread_create(
        &thread, nil,
        { context in
          guard let context else { return nil }
          Unmanaged<DecodingAhead>.fromOpaque(context).takeRetainedValue().work()
          return nil
        }, context.toOpaque())
      if code == 0 { threads.append(thread) } else { context.release() }
    }
  }

  deinit {
    ahead.stop()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// The next picture that can be read; nil at the end.
  func next() throws(Interrupted) -> Picture? {
    while true {
      let outcome = ahead.take(decodesHere: threads.isEmpty)
      try ahead.interrupt.check()
      switch outcome {
      case .picture(let picture): return picture
      case .broken(let picture): broken.append(picture)
      case nil: return nil
      }
    }
  }

  /// As many as there are processors, which decoding keeps busy.
  static var usualWorkers: Int { max(1, min(16, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// One picture as an opaque raster.
  static func decode(_ item: ImageDataset.Item, _ isStopped: () -> Bool) -> DecodingAhead.Outcome {
    switch item.content {
    case .planes(let planes, let width, let height):
      let area = width * height
      let pixels = [UInt8](unsafeUninitializedCapacity: 3 * area) { target, count in
        planes.withUnsafeBytes { source in
          for pixel in 0..<area {
            for channel in 0..<3 { target[3 * pixel + channel] = source[channel * area + pixel] }
          }
        }
        count = 3 * area
      }
      let raster = Raster(width: width, height: height, pixels: pixels)
      return .picture(Picture(name: item.shortName, label: item.label, raster: raster))
    case .file(let path):
      do throws(ImageError) {
        let raster = try ImageDecoder.read(path: path, isStopped: isStopped).raster.opaque
        return .picture(Picture(name: item.shortName, label: item.label, raster: raster))
      } catch { return .broken(Broken(name: path, reason: error.description)) }
    }
  }
}

extension ImageDataset.Item {
  /// The name without its folders.
  var shortName: String { name.split(separator: "/").last.map(String.init) ?? name }
}

/// What the threads of a `PictureStream` share.
///
/// `@unchecked Sendable`: every mutable member is touched under `lock` only.
final class DecodingAhead: @unchecked Sendable {
  enum Outcome: Sendable {
    case picture(PictureStream.Picture)
    case broken(PictureStream.Broken)
  }

  private let dataset: ImageDataset
  private let order: [Int]
  private let room: Int
  let interrupt: InterruptFlag
  private let hasEnded = InterruptFlag()
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private var started = 0
  private var taken = 0
  private var finished: [Int: Outcome] = [:]
  private var isStopped = false

  init(_ dataset: ImageDataset, order: [Int], room: Int, interrupt: InterruptFlag) {
    self.dataset = dataset
    self.order = order
    self.room = room
    self.interrupt = interrupt
    lock = .allocate(capacity: 1)
    changed = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(lock)
    changed.deallocate()
    lock.deallocate()
  }

  /// A worker's loop: decodes the next picture that nobody has begun, at most `room` before the taker.
  func work() {
    pthread_mutex_lock(lock)
    while !isStopped, started < order.count {
      guard started < taken + room else {
        pthread_cond_wait(changed, lock)
        continue
      }
      let place = started
      started += 1
      pthread_mutex_unlock(lock)
      let outcome = decode(place)
      pthread_mutex_lock(lock)
      finished[place] = outcome
      pthread_cond_broadcast(changed)
    }
    pthread_mutex_unlock(lock)
  }

  /// The next picture in order, waited for; nil at the end.
  func take(decodesHere: Bool) -> Outcome? {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    guard taken < order.count else { return nil }
    if decodesHere {
      taken += 1
      return decode(taken - 1)
    }
    while true {
      if let outcome = finished.removeValue(forKey: taken) {
        taken += 1
        pthread_cond_broadcast(changed)
        return outcome
      }
      pthread_cond_wait(changed, lock)
    }
  }

  private func decode(_ place: Int) -> Outcome {
    PictureStream.decode(dataset[order[place]]) { hasEnded.isRaised || interrupt.isRaised }
  }

  /// Ends the workers, in the middle of their pictures.
  func stop() {
    hasEnded.raise()
    pthread_mutex_lock(lock)
    isStopped = true
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(lock)
  }
}
