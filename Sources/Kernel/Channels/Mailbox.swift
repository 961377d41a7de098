import Glibc
import Synchronization

/// Carries values from many threads to one, in order, and wakes that one through a file descriptor.
///
/// What lies in the mailbox is limited by weight: a poster waits while it is full, as a program does that writes to a
/// full pipe.
package final class Mailbox<Letter: Sendable>: Sendable {
  private struct Contents {
    var letters: [Letter] = []
    var weight = 0
    var isClosed = false
    var takerWaits = false
    var posterWaits = false
  }

  private let contents = Mutex(Contents())
  private let limit: Int
  private let arrival: Doorbell
  private let room: Doorbell

  package init(limit: Int) throws(KernelServerError) {
    self.limit = limit
    arrival = try Doorbell()
    room = try Doorbell()
  }

  /// Readable when the taker should look; armed by `take`.
  package var descriptor: Int32 { arrival.descriptor }

  /// Puts a letter in, waiting for room; once the mailbox is closed letters are dropped.
  package func post(_ letter: Letter, weight: Int) {
    while true {
      let (isDone, wakesTaker) = contents.withLock { contents -> (Bool, Bool) in
        if contents.isClosed { return (true, false) }
        guard contents.letters.isEmpty || contents.weight + weight <= limit else {
          contents.posterWaits = true
          return (false, false)
        }
        contents.letters.append(letter)
        contents.weight += weight
        defer { contents.takerWaits = false }
        return (true, contents.takerWaits)
      }
      if wakesTaker { arrival.ring() }
      if isDone { return }
      // Several posters may wait for one ring, so none relies on it alone.
      if room.wait(timeoutMilliseconds: 20) { room.silence() }
    }
  }

  /// Takes everything there is.
  ///
  /// With nothing there, the next letter makes the descriptor readable.
  package func take() -> (letters: [Letter], isClosed: Bool) {
    arrival.silence()
    let (letters, isClosed, wakesPoster) = contents.withLock { contents in
      let taken = contents.letters
      contents.letters = []
      contents.weight = 0
      contents.takerWaits = taken.isEmpty
      defer { contents.posterWaits = false }
      return (taken, contents.isClosed, contents.posterWaits)
    }
    if wakesPoster { room.ring() }
    return (letters, isClosed)
  }

  /// Takes no more letters; the taker still gets those that lie there.
  package func close() {
    contents.withLock { $0.isClosed = true }
    arrival.ring()
    room.ring()
  }
}
