internal import CAMRuntime
package import Display

/// The settings of a session, each declared once.
///
/// A reader asks for `session.settings[SettingCatalog.alpha]` and gets the typed value.
package enum SettingCatalog {
  package static let threads = Setting(
    "threads", IntegerValue(in: 0...1024), standard: 0,
    "how many threads compute; 0 is all that this process may use")
  package static let seed = Setting(
    "seed", IntegerValue(in: 0...Int.max), standard: 0, "where all random choices start")
  package static let memory = Setting(
    "memory", IntegerValue(in: 16...1 << 20, placeholder: "MB"), standard: 1024,
    "how many megabytes a batch of ablated activations may take")
  package static let precision = Setting(
    "precision", ChoiceValue(Precision.allCases.map(\.rawValue)), standard: "fp32",
    "how numbers are computed, where the processor can")
  package static let colormap = Setting(
    "colormap", ChoiceValue(ColormapCatalog.all.map(\.name), placeholder: "NAME", naming: "colour map"),
    standard: "jet",
    "the colours of heat")
  package static let alpha = Setting(
    "alpha", NumberValue(in: 0...1), standard: 0.4, "how much heat covers the picture")
  package static let overlay = Setting(
    "overlay", CaseValue(Overlay.Style.self), standard: .blend, "how heat lies on the picture")

  /// THE list of settings: a setting is its constant and its line here.
  package static let all: [any SettingDeclaration] = [
    colormap, alpha, overlay, threads, precision, seed, memory,
  ]
}
