/// What the network's input holds for black and for the mean colour, one number for each colour channel.
///
/// Zero in the network's input is the data set's mean colour where the preprocessing takes it off.
package struct InputScale: Sendable, Equatable {
  /// The input for a black pixel; nil where it is not known.
  package var black: [Float]?
  /// The input for the data set's mean colour; nil for zero.
  package var mean: [Float]?

  /// The numbers of a preprocessing.
  package init(black: [Float]? = nil, mean: [Float]? = nil) {
    self.black = black
    self.mean = mean
  }
}
