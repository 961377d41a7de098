internal import CAMRuntime
package import Display

extension ExplainedImage {
  /// The heat over the part of the picture that the network sees.
  package func picture(with settings: Settings, look: HeatLook) throws -> Raster {
    let view = model.bridge(for: image).view(of: image.raster)
    // Heat as numbers, once more scaled, as steps, and the picture itself.
    try MemoryRoom.check(12 * view.width * view.height, for: "a picture of \(view.width)x\(view.height)")
    if let picture = explanation.picture, !look.asksForHeat {
      return TensorRaster.guided(picture).resized(width: view.width, height: view.height, filter: .bilinear)
    }
    if let recipe = recipeInUse(settings, look) {
      return recipe.overlay(
        view, TensorRaster.plane(of: explanation.map), alpha: look.alpha.map { Float($0) })
    }
    return try look.drawn(
      over: view, colours(settings, look), isSigned: isSigned, alpha: settings[SettingCatalog.alpha],
      with: settings
    ) { heat(width: $0, height: $1).plane }
  }

  /// The scale of that heat; nil where nobody asks for it.
  func scale(with settings: Settings, look: HeatLook) throws(Diagnostic) -> ColorBar? {
    guard try look.showsScale(with: settings) else { return nil }
    if let recipe = recipeInUse(settings, look) {
      throw Diagnostic(
        "unfit-option", "compat=\(recipe.rawValue) draws heat in its own way, which has no scale",
        hints: ["a colour map (`colormap=`) draws it in ours"])
    }
    let view = model.bridge(for: image).view(of: image.raster)
    let heat = heat(width: view.width, height: view.height)
    return ColorBar(
      colours(settings, look), from: Double(heat.least), to: Double(heat.greatest), label: heat.meaning)
  }

  /// The way of the reference work, where nobody asks for another, for colours or both signs.
  private func recipeInUse(_ settings: Settings, _ look: HeatLook) -> ReferenceRecipe? {
    isSigned || isChosen(settings, look) || look.overlay != nil || settings.isChanged(SettingCatalog.overlay)
      ? nil : recipe
  }

  private func isChosen(_ settings: Settings, _ look: HeatLook) -> Bool {
    look.colormap != nil || settings.isChanged(SettingCatalog.colormap)
  }

  private func colours(_ settings: Settings, _ look: HeatLook) -> Colormap {
    let name = look.colormap ?? settings[SettingCatalog.colormap]
    return (isSigned && !isChosen(settings, look) ? nil : ColormapCatalog.named(name))
      ?? ColormapCatalog.signedStandard
  }

  /// Heat as it is drawn, 0 to 1, and which numbers its ends stand for.
  private struct Heat {
    var plane: Plane
    var least: Float = 0
    var greatest: Float = 1
    var meaning = ColorBar.shareLabel
  }

  /// The heat at a size; for both signs nothing is in the middle.
  private func heat(width: Int, height: Int) -> Heat {
    if isSigned {
      let plane = TensorRaster.plane(of: explanation.signedMap.resized(height: height, width: width))
      let reach = max(abs(plane.range.least), abs(plane.range.greatest))
      guard reach > 0, reach.isFinite else { return Heat(plane: plane.balanced, least: -1) }
      return Heat(plane: plane.balanced, least: -reach, greatest: reach, meaning: Self.raw)
    }
    let plane = TensorRaster.plane(of: explanation.shown(height: height, width: width))
    switch explanation.normalization {
    case .max: return Heat(plane: plane)
    case .minmax: return Heat(plane: plane, meaning: "from the least to the greatest")
    case .none: break
    }
    if explanation.wrapsBytes {
      // Reference work 004 casts 255 times the map to a byte, which wraps.
      let values = plane.values.map { abs($0) < 1e9 ? Float(Int($0 * 255) & 255) / 255 : 0 }
      return Heat(
        plane: Plane(width: width, height: height, values: values), greatest: 255, meaning: "byte, wrapped")
    }
    let (least, greatest) = (min(plane.range.least, 0), plane.range.greatest)
    guard greatest > least, (greatest - least).isFinite else {
      return Heat(plane: plane.scaled(from: 0, to: 0))
    }
    return Heat(
      plane: plane.scaled(from: least, to: greatest), least: least, greatest: greatest, meaning: Self.raw)
  }

  /// What numbers of a map that was not scaled are.
  private static let raw = "value of the map"
}

extension PanelGrid {
  /// The same with the scale of its panels' heat at the right, where they tell theirs.
  package func barred() throws(Diagnostic) -> PanelGrid {
    let bars = panels.compactMap(\.heat)
    guard !bars.isEmpty else { return self }
    guard let bar = ColorBar.common(to: bars) else {
      throw Diagnostic(
        "unfit-option", "the pictures have no scale in common, which colorbar= could tell",
        hints: ["`colormap=` gives all the same colours, `signed=` and `normalize=` the same range"])
    }
    var copy = self
    copy.colorBar = bar
    return copy
  }
}
