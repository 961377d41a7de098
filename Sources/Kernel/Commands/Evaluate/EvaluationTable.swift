internal import CAMRuntime
internal import Display

/// The means of an evaluation, a row for each method.
struct EvaluationTable: SessionValue {
  static let noun = "evaluation"

  let model: String
  let layers: [String]
  /// What makes probabilities of the model's scores.
  let probability: Score.Kind
  let dataset: String
  let mask: String
  /// The class as it was asked for, such as `top1`.
  let classText: String
  let methods: [String]
  let metrics: [String]
  let rows: [EvaluationRow]
  let skipped: Int
  let file: String?

  private var pictures: Int { methods.isEmpty ? 0 : rows.count / methods.count }

  var summary: String {
    "evaluate \(methods.joined(separator: ", ")): \(model) at \(layers.joined(separator: " + ")), "
      + "\(pictures) \(pictures == 1 ? "picture" : "pictures") of \(dataset), "
      + "class \(classText), score \(scoreText), explanation \(mask)"
  }

  private func score(of method: String) -> String {
    CAMCatalog.method(named: method)?.score(asProbability: probability).rawValue ?? ""
  }

  /// What most methods explain, and those that explain something else.
  private var scoreText: String {
    let scores = methods.map(score)
    guard let first = scores.first, scores.contains(where: { $0 != first }) else { return scores.first ?? "" }
    return zip(methods, scores).map { "\($1) (\($0))" }.joined(separator: ", ")
  }

  /// The mean of a metric over the pictures where it is defined, and how many those are not.
  private func mean(_ method: String, _ place: Int) -> (value: Double?, undefined: Int) {
    let values = rows.filter { $0.method == method }.map { $0.values[place] }
    let defined = values.compactMap { $0 }
    return (
      defined.isEmpty ? nil : defined.reduce(0, +) / Double(defined.count), values.count - defined.count
    )
  }

  /// Percent of the pictures whose drop is less than by every other method; nil without drops or others.
  private func win(_ method: String) -> Double? {
    guard let place = metrics.firstIndex(of: "drop"), methods.count > 1, pictures > 0 else { return nil }
    let wins = stride(from: 0, to: rows.count, by: methods.count).filter { start in
      let group = rows[start..<min(start + methods.count, rows.count)]
      guard let own = group.first(where: { $0.method == method })?.values[place] else { return false }
      return group.allSatisfy { $0.method == method || ($0.values[place].map { own < $0 } ?? false) }
    }
    return 100 * Double(wins.count) / Double(pictures)
  }

  private var hasWins: Bool { methods.first.map { win($0) != nil } ?? false }

  private func seconds(_ method: String) -> Double {
    let times = rows.filter { $0.method == method }.map(\.seconds)
    return times.reduce(0, +) / Double(max(times.count, 1))
  }

  func bundle(with settings: Settings) throws -> DisplayBundle {
    let cells = methods.map { method in
      [method]
        + metrics.indices.map { mean(method, $0).value.map { NumberText.text($0, significant: 4) } ?? "-" }
        + (hasWins ? [win(method).map { NumberText.text($0, significant: 4) } ?? "-"] : [])
        + [TimeText.text(seconds(method))]
    }
    var bundle = DisplayBundle.table(
      ["method"] + metrics + (hasWins ? ["win"] : []) + ["time"], cells, caption: summary, notes: notes)
    bundle.data.append((DisplayBundle.factsType, facts))
    return bundle
  }

  private var notes: [String] {
    let high = (metrics + (hasWins ? ["win"] : [])).filter { Self.isBetterHigh($0) == true }
    let low = metrics.filter { Self.isBetterHigh($0) == false }
    var notes = [
      [
        high.isEmpty ? nil : "more is better: \(high.joined(separator: ", "))",
        low.isEmpty ? nil : "less is better: \(low.joined(separator: ", "))",
      ].compactMap { $0 }.joined(separator: "; ")
    ]
    for (place, metric) in metrics.enumerated() {
      let most = methods.map { mean($0, place).undefined }.max() ?? 0
      if most > 0 { notes.append("\(metric) is not defined for \(most), whose score is not positive") }
    }
    if skipped > 0 { notes.append("skipped \(skipped) that cannot be read") }
    if let file { notes.append("each picture's numbers: \(FileSystem.abbreviated(file))") }
    return notes
  }

  private static func isBetterHigh(_ metric: String) -> Bool? {
    metric == "win" ? true : MetricCatalog.metric(named: metric)?.isBetterHigh
  }

  private var facts: JSONValue {
    let results = methods.map { method -> JSONValue in
      var values = JSONObject()
      var undefined = JSONObject()
      for (place, metric) in metrics.enumerated() {
        let mean = mean(method, place)
        values[metric] = mean.value.map { .number($0) } ?? .null
        undefined[metric] = .integer(mean.undefined)
      }
      if let win = win(method) { values["win"] = .number(win) }
      return [
        "method": .string(method), "score": .string(score(of: method)), "metrics": .object(values),
        "undefined": .object(undefined),
        "seconds": .number(seconds(method)),
      ]
    }
    return [
      "verb": "evaluate", "model": .string(model), "layer": .string(layers.joined(separator: ",")),
      "dataset": .string(dataset), "images": .integer(pictures), "skipped": .integer(skipped),
      "class": .string(classText), "options": ["mask": .string(mask)], "results": .array(results),
      "warnings": [],
    ]
  }
}

extension EvaluationTable: TableValue {
  var table: SavedTable {
    SavedTable(
      heading: ["method"] + metrics + (hasWins ? ["win"] : []) + ["seconds"],
      rows: methods.map { method in
        [method] + metrics.indices.map { mean(method, $0).value.map { "\($0)" } ?? "" }
          + (hasWins ? ["\(win(method) ?? 0)"] : []) + ["\(seconds(method))"]
      })
  }
}
