internal import CAMRuntime

/// What an evaluation's file is of.
struct EvaluationHeading {
  let model: String
  let layer: String
  let mask: String
  let metrics: [String]

  var columns: [String] { ["model", "layer", "mask", "image", "class", "method", "seconds"] + metrics }
}

/// The file of an evaluation: a line for each picture and method, so that what is done is not done again.
struct EvaluationLog {
  let path: String
  private let heading: EvaluationHeading
  private var known: [String: EvaluationRow] = [:]
  /// What the file has of other models, layers and masks.
  private var others: [[String]] = []

  /// Opens a file, and reads what an evaluation with the same columns has written to it.
  init(_ word: Word, heading: EvaluationHeading) throws {
    path = FileSystem.expanded(word.text)
    self.heading = heading
    guard FileSystem.exists(path) else {
      try FileSystem.write(
        Array(SavedTable(heading: heading.columns, rows: []).commaSeparated.utf8), to: path)
      return
    }
    let bytes = try Blame.on(word.span) { try FileSystem.read(path, limit: 256 << 20) }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(SavedTable.fields)
    guard lines.first == heading.columns else {
      throw Diagnostic(
        "other-evaluation", "'\(word.text)' is no file of an evaluation with these metrics", at: word.span,
        hints: ["choose another file, or the metrics of its first line"])
    }
    for fields in lines.dropFirst() { keep(fields) }
  }

  private mutating func keep(_ fields: [String]) {
    guard fields.count == heading.columns.count else { return }
    guard [heading.model, heading.layer, heading.mask] == Array(fields.prefix(3)), let index = Int(fields[4]),
      let seconds = Double(fields[6])
    else { return others.append(fields) }
    let row = EvaluationRow(
      image: fields[3], classIndex: index, method: fields[5], seconds: seconds,
      values: fields.dropFirst(7).map(Double.init))
    known[Self.key(row.image, row.classIndex, row.method)] = row
  }

  private static func key(_ image: String, _ classIndex: Int, _ method: String) -> String {
    "\(method)\n\(classIndex)\n\(image)"
  }

  /// The row of a picture, class and method, where the file has it.
  func row(_ image: String, _ classIndex: Int, _ method: String) -> EvaluationRow? {
    known[Self.key(image, classIndex, method)]
  }

  /// Writes all rows anew; the file has them whole or the ones before.
  mutating func write(_ rows: [EvaluationRow]) throws {
    for row in rows { known[Self.key(row.image, row.classIndex, row.method)] = row }
    let table = SavedTable(
      heading: heading.columns, rows: others + known.keys.sorted().compactMap { known[$0].map(fields) })
    do {
      try FileSystem.write(Array(table.commaSeparated.utf8), to: path)
    } catch {
      throw Diagnostic("cannot-write", "cannot write '\(path)': \(error.reason)")
    }
  }

  private func fields(_ row: EvaluationRow) -> [String] {
    [
      heading.model, heading.layer, heading.mask, row.image, String(row.classIndex), row.method,
      "\(row.seconds)",
    ]
      + row.values.map { $0.map { "\($0)" } ?? "" }
  }
}
