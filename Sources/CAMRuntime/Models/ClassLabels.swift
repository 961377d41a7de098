/// A list of class names that a built-in network comes with.
package enum ClassLabels: String, Sendable, CaseIterable {
  case imageNet = "imagenet"
  case cifar10, cifar100

  /// The names in the order of the outputs.
  package var names: [String] {
    switch self {
    case .imageNet: Self.imageNetNames.split(separator: "|").map(String.init)
    case .cifar10: Self.cifar10Names.split(separator: " ").map(String.init)
    case .cifar100: Self.cifar100Names.split(separator: " ").map(String.init)
    }
  }

  /// The list that a network of so many classes most likely has.
  package static func fitting(_ count: Int) -> ClassLabels? {
    switch count {
    case 1000: .imageNet
    case 100: .cifar100
    default: nil
    }
  }

  private static let cifar10Names = "airplane automobile bird cat deer dog frog horse ship truck"

  private static let cifar100Names = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly \
    camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup \
    dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower \
    leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid \
    otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road \
    rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower \
    sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale \
    willow_tree wolf woman worm
    """
}
