import Glibc
import Kernel

exit(CommandLineTool.run(Array(CommandLine.arguments.dropFirst())))
