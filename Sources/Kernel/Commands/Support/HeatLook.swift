internal import CAMRuntime
package import Display

/// How heat is drawn, where that differs from the settings.
package struct HeatLook {
  package var colormap: String?
  package var alpha: Double?
  package var overlay: Overlay.Style?
  /// Where a mask ends or lines run; empty where nobody said.
  package var levels: [Double] = []
  /// Whether the scale of the heat stands beside it; nil where nobody said.
  package var hasColorBar: Bool?

  package init(colormap: String? = nil, alpha: Double? = nil, overlay: Overlay.Style? = nil) {
    self.colormap = colormap
    self.alpha = alpha
    self.overlay = overlay
  }

  /// What a call says of a value that may have been kept with a look of its own.
  package init(_ call: Call) throws(Diagnostic) {
    self.init(
      colormap: try call[MethodOptions.colormap], alpha: try call[MethodOptions.alpha],
      overlay: try call[MethodOptions.overlay])
    levels = try call[MethodOptions.level]
    hasColorBar = call.isGiven(MethodOptions.colorbar) ? try call[MethodOptions.colorbar] : nil
    guard overlay == .mask, call.isGiven(MethodOptions.colormap) else { return }
    throw Diagnostic(
      "unfit-option", "a mask shows the picture's own colours", at: call.span(of: MethodOptions.colormap),
      hints: ["`overlay=contours` draws lines in the colours of heat"])
  }

  /// What a call says of a new value.
  package init(_ call: Call, with settings: Settings) throws(Diagnostic) {
    try self.init(call)
    do throws(Diagnostic) {
      _ = try style(with: settings)
    } catch {
      throw error.at(call.span(of: MethodOptions.level))
    }
    do throws(Diagnostic) {
      _ = try showsScale(with: settings)
    } catch {
      throw error.at(call.span(of: MethodOptions.colorbar))
    }
  }

  /// This one, and another where it says nothing.
  package func over(_ other: HeatLook) -> HeatLook {
    var look = HeatLook(
      colormap: colormap ?? other.colormap, alpha: alpha, overlay: overlay ?? other.overlay)
    (look.levels, look.hasColorBar) = (levels, hasColorBar)
    // Strength and levels belong to the way of drawing that they were said for; a mask has no scale.
    if overlay == nil || overlay == other.overlay {
      look.alpha = alpha ?? other.alpha
      if levels.isEmpty { look.levels = other.levels }
    }
    if overlay != .mask, hasColorBar == nil { look.hasColorBar = other.hasColorBar }
    return look
  }

  /// The heat alone, in the same colours.
  package var heatAlone: HeatLook { HeatLook(colormap: colormap, alpha: 1, overlay: .blend) }

  /// Whether heat is wanted of a method that draws signed pictures: who asks for colours, a strength, a way of drawing
  /// or the scale wants its magnitude.
  package var asksForHeat: Bool {
    colormap != nil || alpha != nil || overlay != nil || hasColorBar == true
  }

  /// How heat lies on the picture, and the levels of it.
  private func style(with settings: Settings) throws(Diagnostic) -> (style: Overlay.Style, levels: [Double]) {
    let style = overlay ?? settings[SettingCatalog.overlay]
    switch style {
    case .blend where !levels.isEmpty:
      throw Diagnostic(
        "unfit-option", "heat that is blended with the picture has no level",
        hints: ["`overlay=contours` draws lines at levels, `overlay=mask` shows what reaches one"])
    case .mask where levels.count > 1:
      throw Diagnostic("unfit-option", "a mask has one level, there are \(levels.count)")
    default: return (style, levels.isEmpty ? style.usualLevels : levels)
    }
  }

  /// Whether the scale of the heat stands beside it.
  package func showsScale(with settings: Settings) throws(Diagnostic) -> Bool {
    guard hasColorBar == true else { return false }
    guard (overlay ?? settings[SettingCatalog.overlay]) != .mask else {
      throw Diagnostic(
        "unfit-option", "a mask shows the picture's own colours, which have no scale",
        hints: ["`overlay=contours` draws lines in the colours of heat"])
    }
    return true
  }

  /// Lines are no finer than the heat that they are read from; the heat of a layer is coarser than this.
  private static let contourSide = 512

  /// The heat over the part of a picture that it is of.
  ///
  /// `heat` gives it from 0 to 1 at a size; where it is signed, nothing is in the middle.
  package func drawn(
    over picture: Raster, _ colours: Colormap, isSigned: Bool, alpha usualAlpha: Double,
    with settings: Settings, heat: (_ width: Int, _ height: Int) -> Plane
  ) throws -> Raster {
    let (style, levels) = try style(with: settings)
    switch style {
    case .blend:
      return Overlay.blend(
        picture, heat(picture.width, picture.height), map: colours, alpha: Float(alpha ?? usualAlpha))
    case .mask:
      var plane = heat(picture.width, picture.height)
      if isSigned { plane.values = plane.values.map { abs(2 * $0 - 1) } }
      return Overlay.mask(
        picture, plane, threshold: Float(levels[0]), rest: Float(1 - (alpha ?? Overlay.maskDarkness)))
    case .contours:
      let places = isSigned ? levels.flatMap { [0.5 - $0 / 2, 0.5 + $0 / 2] } : levels
      let plane = heat(min(picture.width, Self.contourSide), min(picture.height, Self.contourSide))
      return try Overlay.contours(
        picture, plane, levels: Set(places).sorted().map { Float($0) }, map: colours,
        strength: Float(alpha ?? 1))
    }
  }
}
