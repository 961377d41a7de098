/// Loads pictures and makes them current.
struct ImageCommand: Command {
  private enum Crop: String, CaseIterable { case center, none }

  private static let paths = Parameter.several(
    "path", ImageNameValue(), atLeast: 1, "files (`*` and `~` expand), addresses (https://...) or kept images"
  )
  private static let crop = Parameter.option(
    "crop", CaseValue(Crop.self), absent: "center, and kept images as they are",
    "center cuts the middle out as the model does; none fits the whole picture into its input")

  let signature = CommandSignature(
    "image", "loads pictures and makes them current", group: .models, parameters: [paths, crop],
    givesValue: true,
    examples: [
      "image cat.jpg", "image cats/*.jpg as cats", "image wide.png crop=none",
      "image https://example.org/cat.jpg",
    ],
    details:
      "PNG, JPEG and WebP, told by content: grey, palette, 16 bit (the upper 8 are kept), alpha, CMYK, turned by EXIF."
  )

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let crops = try call[Self.crop].map { $0 == .center }
    let loaded = try context.images(of: call[Self.paths], crops: crops)
    context.session.workspace.setCurrent(loaded)
    return try .value(loaded, in: context)
  }
}
