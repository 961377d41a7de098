import Foundation
import Kernel
import Synchronization
import Testing

@Suite("mailbox") struct MailboxTests {
  private func drain(_ mailbox: Mailbox<Int>, _ handle: ([Int]) -> Void) {
    while true {
      let (letters, isClosed) = mailbox.take()
      handle(letters)
      if letters.isEmpty {
        if isClosed { return }
        var item = pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&item, 1, 20_000) == 1)
      }
    }
  }

  @Test("letters of several posters all arrive, each poster's in order", arguments: [1, 10, 100_000])
  func order(_ limit: Int) throws {
    let mailbox = try Mailbox<Int>(limit: limit)
    let posters = 4
    let running = Atomic<Int>(posters)
    for poster in 0..<posters {
      Thread.detachNewThread {
        for number in 0..<500 { mailbox.post(poster * 1000 + number, weight: 1) }
        if running.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { mailbox.close() }
      }
    }
    var received: [[Int]] = Array(repeating: [], count: posters)
    drain(mailbox) { letters in
      #expect(letters.count <= limit)
      for letter in letters { received[letter / 1000].append(letter % 1000) }
    }
    for poster in 0..<posters { #expect(received[poster] == Array(0..<500)) }
  }

  @Test("a letter heavier than the limit is taken when the mailbox is empty")
  func heavy() throws {
    let mailbox = try Mailbox<Int>(limit: 5)
    mailbox.post(1, weight: 100)
    #expect(mailbox.take().letters == [1])
  }

  @Test("after closing, letters are dropped and waiting posters go free")
  func closed() throws {
    let mailbox = try Mailbox<Int>(limit: 1)
    mailbox.post(1, weight: 1)
    let poster = Thread { mailbox.post(2, weight: 1) }
    poster.start()
    mailbox.close()
    while !poster.isFinished { sched_yield() }
    mailbox.post(3, weight: 1)
    let rest = mailbox.take()
    #expect(rest.letters == [1])
    #expect(rest.isClosed)
  }
}
