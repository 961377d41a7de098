package import Display
package import ModelIO

/// A value that is pictures: it can stand in a `figure` and be shown with other colours.
package protocol DrawnValue: SessionValue {
  /// Its pictures with the words around them.
  func panels(with settings: Settings, look: HeatLook) throws -> [PanelGrid.Panel]
}

/// A part of a value that `save` can write.
package enum SavedPart {
  case picture(Raster)
  /// One array.
  case array(shape: [Int], values: [Float])
  /// Several arrays by name.
  case arrays([TensorToWrite])
}

/// A value of which parts can be saved.
package protocol SavableValue: SessionValue {
  /// The names of its parts; the first is what a picture's file gets, as `what=` writes them.
  var partNames: [String] { get }
  /// A part by its name.
  func part(_ name: String, with settings: Settings) throws -> SavedPart
}

extension DrawnValue {
  /// Its pictures as one bundle: a single one as it is, several as a grid with their words.
  package func drawnBundle(with settings: Settings, look: HeatLook, facts: JSONValue) throws -> DisplayBundle
  {
    let panels = try panels(with: settings, look: look)
    let notes = [
      (key: "Software", text: "\(KernelIdentity.implementation) \(KernelIdentity.version)"),
      (key: "Comment", text: summary),
    ]
    if panels.count == 1, let picture = panels[0].picture {
      return try .result(summary, picture: picture, facts: facts, notes: notes)
    }
    let columns = panels.count <= 4 ? panels.count : 4
    return try .figure(PanelGrid(panels, columns: columns), text: summary, facts: facts, notes: notes)
  }
}
