import CAMRuntime
import Display
import Foundation
import Kernel
import Testing

@Suite("mistakes suggest what was meant") struct MistakeTests {
  private let transcript = Transcript()
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("cam-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder + "/inner", withIntermediateDirectories: true)
    let raster = Raster(width: 48, height: 40, color: (30, 90, 160))
    try PNGEncoder.write(raster, to: folder + "/cat.png")
    try PNGEncoder.write(raster, to: folder + "/inner/dog.png")
    try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/photos.tar.xz"))
    try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/net.onnx"))
    let outcome = transcript.run(
      "model resnet9-cifar random=3 as net;\nimage '\(folder)/cat.png' as dog;\neigen-cam as first;")
    #expect(outcome.mistakeCode == nil, "\(outcome.mistakeMessage ?? "")")
  }

  /// The code, and the block with its place.
  private func mistake(_ cell: String) -> (code: String, text: String) {
    let outcome = transcript.run(cell.replacing("FOLDER", with: folder))
    guard case .mistake(let code, _, let traceback) = outcome.ending else { return ("none", "") }
    return (code, traceback.joined(separator: "\n").replacing(/\u{1B}\[[0-9;]*m/, with: ""))
  }

  @Test(
    "names that are kept, files, classes, methods and colour maps are all suggested",
    arguments: [
      ("classify dgo", "no-such-file", "did you mean 'dog'?"),
      ("image dgo", "no-such-file", "did you mean 'dog'?"),
      ("attack dgo", "no-such-file", "did you mean 'dog'?"),
      ("eigen-cam image=dgo", "no-such-file", "there is no file and no kept image 'dgo'"),
      ("image FOLDER/cta.png", "no-such-file", "did you mean 'FOLDER/cat.png'?"),
      ("model nte", "unknown-model", "did you mean 'net'?"),
      ("model FOLDER/net.onx", "unknown-model", "did you mean 'FOLDER/net.onnx'?"),
      ("model dog", "wrong-kind", "'dog' is kept as image, expected model"),
      ("train nte", "missing-dataset", "no dataset yet"),
      ("model resnet9-cifar random=1 labels=cifr10", "no-such-file", "did you mean 'cifar10'?"),
      ("eigen-cam class=top11", "unknown-class", "ranks are top1 to top10"),
      ("eigen-cam class=top0", "unknown-class", "there is no rank 0"),
      ("compare grad-cma", "unknown-method", "there is no method named 'grad-cma'"),
      ("sweep eigen-cma", "unknown-method", "did you mean 'eigen-cam'?"),
      ("evaluate eigen-cam metrics=dorp", "unknown-metric", "did you mean 'drop'?"),
      ("show first colormap=turob", "unknown-colour-map", "did you mean 'turbo'?"),
      ("set colormap=zzz", "unknown-colour-map", "expected one of jet, turbo"),
      ("sweep", "missing-value", "one of 30 names"),
      ("randomize hed", "unknown-layer", "did you mean 'head'?"),
      ("randomize nowhere", "unknown-layer", "`layers *` lists all names"),
      ("sweep eigen-cam layers=zz*", "unknown-layer", "no layer of resnet9-cifar matches 'zz*'"),
      ("first", "unknown-verb", "`show first` shows it"),
      ("save first FOLDER/lost/map.npy", "cannot-write", "there is no folder 'FOLDER/lost/'"),
      ("evaluate eigen-cam save=FOLDER/lost/x.csv", "cannot-write", "there is no folder 'FOLDER/lost/'"),
      ("diff frist first", "unknown-explanation", "did you mean 'first'?"),
      ("let x=3", "bad-form", "`x=VALUE` alone"),
      ("image FOLDER", "bad-image", "`FOLDER/*` names all its files"),
      ("dataset folder", "missing-value", "needs PATH"),
      ("dataset folder FOLDER/in*", "no-such-file", "`FOLDER/in*/*` names their files"),
      ("dataset cifar10 FOLDER/photos.tar.xz", "bad-file", "neither a folder nor an archive"),
    ])
  func suggestions(_ cell: String, _ code: String, _ says: String) {
    let (found, text) = mistake(cell)
    #expect(found == code, "\(cell): \(text)")
    #expect(text.contains(says.replacing("FOLDER", with: folder)), "\(text)")
  }

  @Test("nothing is suggested twice, and no relative path for an absolute one")
  func noise() {
    #expect(!mistake("diff frist first").text.contains("all:"))
    #expect(!mistake("image /nowhere-to-be-found.png").text.contains("relative"))
  }

  @Test(
    "a mistake stands at the option that made it",
    arguments: [
      ("eigen-cam layer=head smooth=1️⃣eigen", "cannot-explain"),
      ("eigen-cam layer=head compat=1️⃣003", "cannot-explain"),
      ("dataset folder FOLDER split=1️⃣train", "bad-file"),
      ("evaluate eigen-cam save=1️⃣FOLDER/lost/x.csv", "cannot-write"),
    ])
  func places(_ marked: String, _ code: String) throws {
    let place = try #require(marked.range(of: "1️⃣"))
    let column = marked[..<place.lowerBound].replacing("FOLDER", with: folder).count
    let (found, text) = mistake(marked.replacing("1️⃣", with: ""))
    #expect(found == code, "\(text)")
    let carets = try #require(text.split(separator: "\n").first { $0.contains("^") })
    #expect(carets.prefix { $0 != "^" }.count - 6 == column, "\(text)")
  }

  @Test("a kept text is shown and told by its name")
  func texts() {
    #expect(transcript.run("label=\"a frog\"\nshow label").mistakeCode == nil)
    #expect(transcript.lastResult == "\"a frog\"")
    #expect(transcript.run("help label").mistakeCode == nil)
    #expect(transcript.lastResult?.hasPrefix("label: text") == true)
  }

  @Test("the last result keeps its name, and a command keeps under one name")
  func names() {
    #expect(mistake("image '\(folder)/cat.png' as last").code == "bad-name")
    #expect(mistake("let last here").code == "bad-name")
    #expect(mistake("last=here").text.contains("always names the last result"))
    #expect(mistake("eigen-cam as a as b").text.contains("'as a' ends a command"))
    #expect(transcript.run("fem\nshow last").mistakeCode == nil)
    #expect(transcript.lastResult?.hasPrefix("fem of ") == true)
  }

  @Test(
    "options that would change nothing are refused",
    arguments: [
      ("sweep eigen-cam layer=head", "layers= names those"),
      ("sweep grad-cam classes=1,2 class=3", "leave class= out"),
      ("benchmark eigen-cam layer=stem,head", "one layer"),
      ("save first FOLDER/map.npy bits=4", "bits= rounds"),
      ("save first FOLDER/map.png bits=4", "bits= rounds"),
      ("ablation-cam compat=003 weight=drop", "compat=003 has its own weight"),
      ("ablation-cam compat=001 score=sigmoid", "compat=001 has its own score"),
      ("ablation-cam compat=004 denominator=literal", "own denominator"),
      ("grad-cam compat=002 normalize=minmax", "own normalize"),
    ])
  func refused(_ cell: String, _ says: String) {
    let (code, text) = mistake(cell)
    #expect(["unfit-option", "several-layers"].contains(code), "\(cell): \(text)")
    #expect(text.contains(says), "\(text)")
  }

  @Test("what a method does not look at is said, where it alone is asked")
  func passedOver() {
    for (cell, option) in [
      ("eigen-cam class=2", "class"), ("fem score=softmax", "score"), ("zero-image-cam class=2", "class"),
      ("full-grad layer=stem", "layer"), ("guided-backprop layer=stem", "layer"),
      ("cam score=softmax", "score"),
    ] {
      #expect(transcript.run(cell).mistakeCode == nil)
      #expect(transcript.lastResult?.contains("warning: \(option)= changes nothing") == true, "\(cell)")
    }
    for cell in ["eigen-cam", "cam class=2", "grad-cam class=2", "compare eigen-cam grad-cam class=2"] {
      #expect(transcript.run(cell).mistakeCode == nil)
      #expect(transcript.lastResult?.contains("changes nothing") == false, "\(cell)")
    }
    for cell in ["compat=004 score=sigmoid", "compat=003 score=softmax weight=fraction", "weight=drop"] {
      #expect(transcript.run("ablation-cam class=2 \(cell)").mistakeCode == nil, "\(cell)")
    }
    #expect(transcript.run("grad-cam compat=002 normalize=minmax colormap=turbo").mistakeCode == nil)
  }
}
