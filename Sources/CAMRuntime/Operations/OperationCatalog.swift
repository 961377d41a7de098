/// The list of all kinds of operations.
package enum OperationCatalog {
  /// Every kind, in the order in which the documentation lists them.
  package static let all: [any Operation.Type] = [
    Input.self, Constant.self, BatchRepeat.self, Identity.self, Dropout.self, SeededDropout.self,
    Convolution.self, TransposedConvolution.self, Linear.self, MatMul.self,
    BatchNorm.self, LayerNorm.self, GroupNorm.self, InstanceNorm.self, LRN.self,
    ReLU.self, ReLU6.self, LeakyReLU.self, PReLU.self, Clip.self, ThresholdedReLU.self, Shrink.self,
    ELU.self, SELU.self, SiLU.self, Mish.self, HardSigmoid.self, HardSwish.self, Sigmoid.self,
    Tanh.self, Softplus.self, Softsign.self, GELU.self, Softmax.self, LogSoftmax.self,
    MaxPool.self, MaxPoolIndices.self, AveragePool.self, AdaptiveAveragePool.self, AdaptiveMaxPool.self,
    GlobalAveragePool.self, GlobalMaxPool.self,
    Add.self, Subtract.self, Multiply.self, Divide.self, Minimum.self, Maximum.self, Power.self,
    Compare.self, Where.self, Round.self, Sign.self,
    Abs.self, Neg.self, Exp.self, Log.self, Sqrt.self, Reciprocal.self, Erf.self, Sine.self, Cosine.self,
    Pow.self, Scale.self,
    ReduceMean.self, ReduceSum.self, ReduceMax.self, ReduceMin.self,
    Concat.self, Slice.self, Take.self, Pad.self, Resize.self, GridSample.self,
    Reshape.self, Flatten.self, Squeeze.self, Unsqueeze.self, Transpose.self,
  ]
}
