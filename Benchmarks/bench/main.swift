import CAMRuntime
import Glibc
import ModelIO

// A contender of the benchmarks that speaks lines, as the peers' workers beside it do:
//
//     camkernel-bench forward MODEL INPUT.npy BATCH fp32|bf16 [WEIGHTS]
//     camkernel-bench explain MODEL INPUT.npy CLASS fp32|bf16 LAYER [WEIGHTS]
//     camkernel-bench train NET BATCH fp32|bf16
//     camkernel-bench display PHOTO
//
// MODEL is what `model` takes: a built-in name or a file. It answers each line of its standard input with one line of
// JSON; an error goes to standard error with exit status 1.

do {
  let arguments = Array(CommandLine.arguments.dropFirst())
  guard let verb = arguments.first else { throw BenchError("forward, explain, train or display is wanted") }
  switch verb {
  case "forward": try ForwardBench(Array(arguments.dropFirst())).answerLines()
  case "explain": try ExplainBench(Array(arguments.dropFirst())).answerLines()
  case "train": try TrainBench(Array(arguments.dropFirst())).answerLines()
  case "display": try DisplayBench(Array(arguments.dropFirst())).answerLines()
  default: throw BenchError("forward, explain, train or display is wanted, not '\(verb)'")
  }
} catch {
  let text = "camkernel-bench: \(error)\n"
  _ = write(STDERR_FILENO, text, text.utf8.count)
  exit(1)
}
