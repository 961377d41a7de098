/// The classes that a network or a data set knows, in the order of their indices.
package struct ClassList: Sendable, Hashable {
  /// A word for messages, such as `imagenet`.
  package let name: String
  /// Names by index; two classes may share one (ImageNet's crane and maillot).
  package let names: [String]
  /// WordNet identifiers by index, where the list has them.
  package let wnids: [String]

  package init(name: String, names: [String], wnids: [String] = []) {
    self.name = name
    self.names = names
    self.wnids = wnids
  }

  package var count: Int { names.count }

  /// The 1,000 classes of ImageNet's classification task.
  package static let imagenet: ClassList = {
    let rows = imagenetTable.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1) }
    return ClassList(
      name: "imagenet", names: rows.map { String($0.last ?? "") }, wnids: rows.map { String($0.first ?? "") })
  }()

  package static let cifar10 = ClassList(
    name: "cifar10", names: cifar10Table.split(separator: " ").map(String.init))

  package static let cifar100 = ClassList(
    name: "cifar100",
    names: cifar100Table.split(separator: " ").map { String($0.map { $0 == "_" ? " " : $0 }) })

  /// The list that a network of so many classes most likely has; none for ten, which many have.
  package static func fitting(_ count: Int) -> ClassList? {
    switch count {
    case imagenet.count: imagenet
    case cifar100.count: cifar100
    default: nil
    }
  }

  /// The lists that are built in.
  package static var builtIn: [ClassList] { [imagenet, cifar10, cifar100] }

  /// Reads a list from a text file: one name a line, or lines of `index,wnid,name` under such a heading.
  package init(path: String) throws(FormatError) {
    let bytes = try MappedFile(path: path).bytes
    guard bytes.count < 16 << 20 else {
      throw FormatError(
        .tooLarge(what: "the list of classes", size: bytes.count, limit: 16 << 20), file: path)
    }
    guard let text = bytes.text else { throw FormatError(.invalid("text that is not UTF-8"), file: path) }
    var lines = text.split(whereSeparator: \.isNewline).map { Self.trimmed($0) }
    guard let first = lines.first else { throw FormatError(.missing("any class"), file: path) }
    var wnids: [String] = []
    if first == "index,wnid,name" {
      lines.removeFirst()
      for (index, line) in lines.enumerated() {
        let fields = line.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3, Int(fields[0]) == index else {
          throw FormatError(.invalid("expected '\(index),wnid,name', found '\(line)'"), file: path)
        }
        wnids.append(String(fields[1]))
        lines[index] = Self.unquoted(fields[2])
      }
    }
    self.init(name: path, names: lines.filter { !$0.isEmpty }, wnids: wnids)
  }

  private static func trimmed(_ line: Substring) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\u{feff}" }
    let front = line.drop(while: isBlank)
    return String(front.reversed().drop(while: isBlank).reversed())
  }

  private static func unquoted(_ field: Substring) -> String {
    field.count >= 2 && field.first == "\"" && field.last == "\""
      ? String(field.dropFirst().dropLast()) : String(field)
  }
}

extension ClassList {
  /// What a text that a person typed may mean.
  package enum Match: Sendable, Hashable {
    case one(Int)
    /// Several classes, by index.
    case several([Int])
    case none
  }

  /// Finds the class that `text` means: an index, a WordNet identifier, a name in any case (also one of
  /// several joined by commas), or the beginning of one.
  package func find(_ text: String) -> Match {
    if let index = Int(text) { return names.indices.contains(index) ? .one(index) : .none }
    let wanted = Self.folded(text)
    if let index = wnids.firstIndex(of: wanted) { return .one(index) }
    let exact = names.indices.filter { Self.folded(names[$0]) == wanted }
    if !exact.isEmpty { return exact.count == 1 ? .one(exact[0]) : .several(exact) }
    let synonyms = names.indices.filter { index in
      names[index].split(separator: ",").contains { Self.folded(String($0.drop { $0 == " " })) == wanted }
    }
    if !synonyms.isEmpty { return synonyms.count == 1 ? .one(synonyms[0]) : .several(synonyms) }
    let called = name == "imagenet" ? Self.imagenetIndices(called: text) : []
    if !called.isEmpty { return called.count == 1 ? .one(called[0]) : .several(called) }
    let prefixed = names.indices.filter { Self.folded(names[$0]).hasPrefix(wanted) }
    if wanted.isEmpty || prefixed.isEmpty { return .none }
    return prefixed.count == 1 ? .one(prefixed[0]) : .several(prefixed)
  }

  /// The ImageNet classes that WordNet also calls so, such as "tabby cat" for the tabby, or the names of one class with
  /// commas between ("tabby, tabby cat").
  package static func imagenetIndices(called text: String) -> [Int] {
    let wanted = text.split(separator: ",").map { folded(trimmed($0)) }
    guard !wanted.isEmpty else { return [] }
    let names = imagenet.names
    return synonymTable.split(separator: "\n").compactMap { line -> Int? in
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, let index = Int(parts[0]), names.indices.contains(index) else { return nil }
      let known = parts[1].split(separator: ",").map { folded(trimmed($0)) } + [folded(names[index])]
      return wanted.allSatisfy(known.contains) ? index : nil
    }
  }

  /// Lower case, with blanks for the signs that people put between words.
  private static func folded(_ text: String) -> String {
    String(text.lowercased().map { $0 == "_" || $0 == "-" ? " " : $0 })
  }
}
