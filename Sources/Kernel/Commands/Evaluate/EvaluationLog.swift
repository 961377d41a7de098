internal import CAMRuntime

/// What an evaluation's file is of.
struct EvaluationHeading {
  let model: String
  let layer: String
  let mask: String
  let metrics: [String]

  var columns: [String] {
    ["model", "layer", "mask", "image", "class", "method", "seconds"] + metrics + ["id"]
  }
}

/// The file of an evaluation: a line for each picture and method, so that what is done is not done again.
///
/// A line is known by its layer, mask, class, method and `id`, which stands for picture, weights, precision and seed:
/// pictures of one name, and networks of one name with other weights, are kept apart.
struct EvaluationLog {
  /// Of the time that passes, writing the file takes less than one part of so many.
  private static let share = 20.0

  let path: String
  private let heading: EvaluationHeading
  private var known: [String: EvaluationRow] = [:]
  /// What the file has of other models, layers and masks.
  private var others: [[String]] = []
  private var sinceWriting = Stopwatch()
  private var secondsOfWriting = 0.0

  /// Opens a file, and reads what an evaluation with the same columns has written to it.
  init(_ word: Word, heading: EvaluationHeading) throws {
    path = FileSystem.expanded(word.text)
    self.heading = heading
    guard FileSystem.exists(path) else {
      do {
        try FileSystem.write(
          Array(SavedTable(heading: heading.columns, rows: []).commaSeparated.utf8), to: path)
      } catch {
        throw error.unwritable(at: word.span)
      }
      return
    }
    let bytes = try Blame.on(word.span) { try FileSystem.read(path, limit: 256 << 20) }
    // A spreadsheet that has opened it may have put other line breaks and a mark in front.
    let text = TextFile.text(of: bytes) ?? String(decoding: bytes, as: UTF8.self)
    let lines = TextFile.lines(of: text).filter { !$0.isEmpty }.map(SavedTable.fields)
    guard lines.first == heading.columns else {
      throw Diagnostic(
        "other-evaluation", "'\(word.text)' is no file of an evaluation with these metrics", at: word.span,
        hints: ["choose another file, or the metrics of its first line"])
    }
    for fields in lines.dropFirst() { keep(fields) }
  }

  private mutating func keep(_ fields: [String]) {
    guard fields.count == heading.columns.count else { return }
    guard [heading.model, heading.layer, heading.mask] == Array(fields.prefix(3)),
      let seconds = Double(fields[6])
    else { return others.append(fields) }
    let row = EvaluationRow(
      image: fields[3], classText: fields[4], method: fields[5], fingerprint: fields[fields.count - 1],
      seconds: seconds, values: fields.dropFirst(7).dropLast().map(Double.init))
    known[Self.key(row.fingerprint, row.classText, row.method)] = row
  }

  private static func key(_ fingerprint: String, _ classText: String, _ method: String) -> String {
    "\(method)\n\(classText)\n\(fingerprint)"
  }

  /// The row of a picture, class and method, where the file has it.
  func row(_ fingerprint: String, _ classText: String, _ method: String) -> EvaluationRow? {
    known[Self.key(fingerprint, classText, method)]
  }

  /// Takes a row in; the file has it soon.
  mutating func add(_ row: EvaluationRow) throws {
    known[Self.key(row.fingerprint, row.classText, row.method)] = row
    if sinceWriting.seconds >= Self.share * secondsOfWriting { try write() }
  }

  /// Writes all rows anew; the file has them whole or the ones before.
  mutating func write() throws {
    let start = Stopwatch()
    defer {
      secondsOfWriting = start.seconds
      sinceWriting = Stopwatch()
    }
    let table = SavedTable(
      heading: heading.columns, rows: others + known.keys.sorted().compactMap { known[$0].map(fields) })
    do {
      try FileSystem.write(Array(table.commaSeparated.utf8), to: path)
    } catch {
      throw error.unwritable()
    }
  }

  private func fields(_ row: EvaluationRow) -> [String] {
    [
      heading.model, heading.layer, heading.mask, row.image, row.classText, row.method,
      "\(row.seconds)",
    ]
      + row.values.map { $0.map { "\($0)" } ?? "" } + [row.fingerprint]
  }
}
