/// Reads Python pickles of protocols 0 to 5 without running anything.
///
/// A pickle is a program that may call any Python object by name. Here only names of a whitelist may
/// occur; calls are recorded as values and any other name is refused with an error.
package struct PickleReader {
  private let allowed: Set<String>
  var reader: ByteReader
  var budget: MemoryBudget
  var pickle = Pickle()
  var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]

  /// Reads from the start of `bytes`; `allowed` are names such as `collections.OrderedDict`.
  package init(_ bytes: ByteSlice, allowed: Set<String>, budget: MemoryBudget? = nil) {
    self.allowed = allowed
    self.budget = budget ?? MemoryBudget(fileSize: bytes.count)
    reader = ByteReader(bytes)
  }

  /// Where the next pickle of the same bytes begins.
  package var position: Int { reader.position }

  /// The next pickle; `position` stands behind it.
  package mutating func next() throws(FormatError) -> Pickle {
    (pickle, stack, marks, memo) = (Pickle(), [], [], [:])
    while true {
      let start = reader.offset
      let code = try reader.byte()
      if code == UInt8(ascii: ".") {
        pickle.root = try pop()
        return pickle
      }
      try budget.charge(32, for: "the pickle", offset: start)
      do throws(FormatError) { try run(code) } catch {
        var located = error
        located.offset = error.offset ?? start
        throw located
      }
    }
  }

  private mutating func run(_ code: UInt8) throws(FormatError) {
    if try runConstant(code) { return }
    switch code {
    case 0x80: try reader.skip(1)
    case 0x95: try reader.skip(8)
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"):
      let top = try pop()
      stack += [top, top]
    case UInt8(ascii: "p"): memo[try decimal()] = try top()
    case UInt8(ascii: "q"): memo[Int(try reader.byte())] = try top()
    case UInt8(ascii: "r"): memo[Int(try reader.integer(UInt32.self))] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "g"): try recall(try decimal())
    case UInt8(ascii: "h"): try recall(Int(try reader.byte()))
    case UInt8(ascii: "j"): try recall(Int(try reader.integer(UInt32.self)))
    case UInt8(ascii: "c"):
      let module = try line()
      stack.append(try global(module: module, name: try line()))
    case 0x93:
      let (name, module) = (try pop(), try pop())
      guard case .text(let name) = name, case .text(let module) = module else {
        throw reader.failure(.invalid("a Python object without a name"))
      }
      stack.append(try global(module: module, name: name))
    case UInt8(ascii: "i"):
      let module = try line()
      let callable = try global(module: module, name: try line())
      let arguments = try popToMark()
      try call(callable, arguments)
    case UInt8(ascii: "o"):
      let items = try popToMark()
      guard let callable = items.first else { throw underflow }
      try call(callable, Array(items.dropFirst()))
    case UInt8(ascii: "R"), 0x81:
      let arguments = try pop()
      try call(try pop(), try items(arguments))
    case 0x92:
      _ = try pop()
      let arguments = try pop()
      try call(try pop(), try items(arguments))
    case UInt8(ascii: "b"): try build(try pop())
    case UInt8(ascii: "Q"): try refer(try pop())
    case UInt8(ascii: "P"): try refer(.text(try line()))
    default: try runContainer(code)
    }
  }

  private mutating func runContainer(_ code: UInt8) throws(FormatError) {
    switch code {
    case UInt8(ascii: ")"), UInt8(ascii: "]"), 0x8f: sequence([])
    case UInt8(ascii: "t"), UInt8(ascii: "l"), 0x91: sequence(try popToMark())
    case 0x85: sequence([try pop()])
    case 0x86:
      let second = try pop()
      sequence([try pop(), second])
    case 0x87:
      let (third, second) = (try pop(), try pop())
      sequence([try pop(), second, third])
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"), 0x90: try append(try popToMark())
    case UInt8(ascii: "}"): dictionary([])
    case UInt8(ascii: "d"): dictionary(try pairs(try popToMark()))
    case UInt8(ascii: "s"):
      let value = try pop()
      try set([(try pop(), value)])
    case UInt8(ascii: "u"): try set(try pairs(try popToMark()))
    default: throw reader.failure(.invalid("an unknown pickle instruction \(code)"))
    }
  }

  private mutating func recall(_ index: Int) throws(FormatError) {
    guard let value = memo[index] else { throw reader.failure(.invalid("nothing was kept as \(index)")) }
    stack.append(value)
  }

  private mutating func global(module: String, name: String) throws(FormatError) -> PickleValue {
    let full = "\(module).\(name)"
    guard allowed.contains(full) else { throw reader.failure(.forbiddenGlobal(full)) }
    return .global(full)
  }

  /// Records a call.
  ///
  /// Only the ordered dictionary is understood here, because items are set on it later.
  private mutating func call(_ callable: PickleValue, _ arguments: [PickleValue]) throws(FormatError) {
    guard case .global(let name) = callable else {
      throw reader.failure(.invalid("a call of something that is no Python object"))
    }
    guard name == "collections.OrderedDict" else {
      pickle.objects.append(Pickle.Object(callable: name, arguments: arguments))
      stack.append(.object(pickle.objects.count - 1))
      return
    }
    var entries: [Pickle.Entry] = []
    if let list = arguments.first {
      for pair in try items(list) {
        let pair = try items(pair)
        guard pair.count == 2 else { throw reader.failure(.invalid("a dictionary entry that is no pair")) }
        try budget.charge(64, for: "the pickle", offset: reader.offset)
        entries.append((pair[0], pair[1]))
      }
    }
    dictionary(entries)
  }

  private mutating func build(_ state: PickleValue) throws(FormatError) {
    switch try top() {
    case .object(let index): pickle.objects[index].state = state
    case .dictionary: break  // Attributes of an OrderedDict: PyTorch keeps `_metadata` there.
    default: throw reader.failure(.invalid("a state for something that has none"))
    }
  }

  private mutating func refer(_ identity: PickleValue) throws(FormatError) {
    pickle.persistents.append(identity)
    stack.append(.persistent(pickle.persistents.count - 1))
  }

  private mutating func sequence(_ items: [PickleValue]) {
    pickle.sequences.append(items)
    stack.append(.sequence(pickle.sequences.count - 1))
  }

  private mutating func dictionary(_ entries: [Pickle.Entry]) {
    pickle.dictionaries.append(entries)
    stack.append(.dictionary(pickle.dictionaries.count - 1))
  }

  private mutating func append(_ items: [PickleValue]) throws(FormatError) {
    guard case .sequence(let index) = try top() else {
      throw reader.failure(.invalid("items for something that is no list"))
    }
    pickle.sequences[index] += items
  }

  private mutating func set(_ entries: [Pickle.Entry]) throws(FormatError) {
    guard case .dictionary(let index) = try top() else {
      throw reader.failure(.invalid("entries for something that is no dictionary"))
    }
    pickle.dictionaries[index] += entries
  }

  private func pairs(_ items: [PickleValue]) throws(FormatError) -> [Pickle.Entry] {
    guard items.count.isMultiple(of: 2) else { throw reader.failure(.invalid("a key without a value")) }
    return stride(from: 0, to: items.count, by: 2).map { (items[$0], items[$0 + 1]) }
  }

  private func items(_ value: PickleValue) throws(FormatError) -> [PickleValue] {
    guard let items = pickle.items(value) else { throw reader.failure(.invalid("a list expected")) }
    return items
  }

  private var underflow: FormatError { reader.failure(.invalid("the pickle takes more than it has put")) }

  private func top() throws(FormatError) -> PickleValue {
    guard let top = stack.last, stack.count > marks.last ?? 0 else { throw underflow }
    return top
  }

  private mutating func pop() throws(FormatError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popToMark() throws(FormatError) -> [PickleValue] {
    guard let mark = marks.popLast(), mark <= stack.count else { throw underflow }
    let items = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return items
  }
}
