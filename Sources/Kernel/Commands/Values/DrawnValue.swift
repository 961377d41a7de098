internal import CAMRuntime
package import Display
internal import ModelIO

/// A value that is pictures: it can stand in a `figure` and be shown with other colours.
package protocol DrawnValue: SessionValue {
  /// Its pictures with the words around them.
  func panels(with settings: Settings, look: HeatLook) throws -> [PanelGrid.Panel]
  /// What stands over several of them.
  var heading: String { get }
  /// What the file of its pictures says about itself.
  var notes: PictureNotes { get }
}

/// A value that is one drawn figure, which `save` writes as PNG, SVG or PDF.
package protocol FigureValue: SessionValue {
  func figure(with settings: Settings) throws -> any Figure
  /// What the file says about itself.
  var notes: PictureNotes { get }
}

extension FigureValue {
  package var notes: PictureNotes { .notes(summary) }
}

/// A value with a machine-readable result, which a figure of several repeats.
package protocol FactualValue: SessionValue {
  var facts: JSONValue { get }
}

/// A value with heat, which can be shown in other colours.
package protocol HeatValue: SessionValue {
  /// The same result drawn in another way.
  func drawn(_ look: HeatLook) -> any SessionValue
}

/// A part of a value that `save` can write.
package enum SavedPart {
  case picture(Raster)
  /// One array.
  case array(shape: [Int], values: [Float])
  /// Several arrays by name, and what a reader of them wants to know.
  case arrays([NamedArray], notes: [(name: String, value: String)])
}

/// An array of a file of several.
package struct NamedArray {
  package var name: String
  package var shape: [Int]
  package var values: [Float]
}

/// A table as a file has it: numbers whole, a heading above them.
package struct SavedTable {
  package var heading: [String]
  package var rows: [[String]]

  package init(heading: [String], rows: [[String]]) {
    self.heading = heading
    self.rows = rows
  }

  /// Lines of values with commas between them, quoted where they need it.
  package var commaSeparated: String {
    ([heading] + rows).map { $0.map(Self.field).joined(separator: ",") + "\n" }.joined()
  }

  /// The fields of a line.
  package static func fields(_ line: Substring) -> [String] {
    var fields = [""]
    var isQuoted = false
    var before: Character?
    for character in line {
      switch character {
      case "\"":
        // Two in a row are one that is meant.
        if !isQuoted, before == "\"" { fields[fields.count - 1].append(character) }
        isQuoted.toggle()
      case "," where !isQuoted: fields.append("")
      default: fields[fields.count - 1].append(character)
      }
      before = character
    }
    return fields
  }

  private static func field(_ text: String) -> String {
    guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }
}

/// A value that is a table, which `save` writes as CSV.
package protocol TableValue: SessionValue {
  var table: SavedTable { get }
}

/// A value of which parts can be saved.
package protocol SavableValue: SessionValue {
  /// The names of its parts; the first is what a picture's file gets, as `what=` writes them.
  var partNames: [String] { get }
  /// A part by its name.
  func part(_ name: String, with settings: Settings) throws -> SavedPart
}

extension DrawnValue {
  package var heading: String { "" }
  package var notes: PictureNotes { .notes(summary) }

  /// Up to four panels in a row; one with its scale is as large as a picture.
  package func grid(of panels: [PanelGrid.Panel]) throws(Diagnostic) -> PanelGrid {
    let side = panels.count == 1 ? panels[0].picture.map { Double(min(max($0.width, 224), 448)) } : nil
    var grid = PanelGrid(panels, columns: min(4, panels.count), panelWidth: side ?? 224)
    grid.title = heading
    return try grid.barred()
  }

  /// Its pictures as one bundle: a single one as it is, several as a grid with their words.
  package func drawnBundle(with settings: Settings, look: HeatLook, facts: JSONValue) throws -> DisplayBundle
  {
    let panels = try panels(with: settings, look: look)
    if panels.count == 1, panels[0].heat == nil, let picture = panels[0].picture {
      return try .result(
        summary, picture: picture, facts: facts, notes: notes, isHeat: self is any HeatValue)
    }
    let picture = try settings.picture(of: grid(of: panels), notes: notes)
    return .figure(picture, text: summary, facts: facts)
  }
}

extension Settings {
  /// A figure as a notebook's picture, unless the session is interrupted before it is drawn.
  func picture(of figure: any Figure, notes: PictureNotes) throws -> NotebookPicture {
    let flag = interrupt
    do throws(ImageError) {
      return try FigureRenderer.picture(of: figure, notes: notes) { flag?.isRaised ?? false }
    } catch .stopped {
      throw Interrupted()
    } catch {
      throw error
    }
  }
}
