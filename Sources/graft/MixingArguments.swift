import ArgumentParser
import FineTuning
import Images

/// Mixing of pictures and labels within training batches; the names are those of timm's `train.py`.
struct MixingArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("Mix pictures: λ is drawn from Beta(α, α); 0 for no mixup.", valueName: "α"))
  var mixup: Double?

  @Option(
    help: ArgumentHelp("Paste rectangles of other pictures, likewise.", valueName: "α"))
  var cutmix: Double?

  @Option(help: ArgumentHelp("How often a batch is mixed (default: 1).", valueName: "share"))
  var mixupProb: Double?

  @Option(
    help: ArgumentHelp(
      "How often by cutmix where both are on (default: 0.5).", valueName: "share"))
  var mixupSwitchProb: Double?

  /// Whether nothing is said.
  var isEmpty: Bool {
    mixup == nil && cutmix == nil && mixupProb == nil && mixupSwitchProb == nil
  }

  func validate() throws {
    for (name, value) in [("--mixup", mixup), ("--cutmix", cutmix)] {
      if let value, !(value >= 0 && value.isFinite) {
        throw ValidationError("\(name) must be 0 or more.")
      }
    }
    for (name, value) in [("--mixup-prob", mixupProb), ("--mixup-switch-prob", mixupSwitchProb)] {
      if let value, !(0...1).contains(value) {
        throw ValidationError("\(name) must lie in [0, 1].")
      }
    }
  }

  /// Puts what is said into a recipe.
  ///
  /// - Throws: `RecipeError.unfit` where the recipe's regime varies no pictures, or nothing is mixed.
  func apply(to recipe: inout Recipe) throws {
    guard !isEmpty else { return }
    let written = recipe.augmentation?.mixup
    let (mixupAlpha, cutmixAlpha) = (
      mixup ?? written?.mixupAlpha ?? 0, cutmix ?? written?.cutmixAlpha ?? 0
    )
    if mixupAlpha == 0 && cutmixAlpha == 0 {
      if mixup == nil && cutmix == nil {
        throw RecipeError.unfit(
          recipe: recipe.name,
          reason: "--mixup-prob and --mixup-switch-prob go with --mixup or --cutmix")
      }
      recipe.augmentation?.mixup = nil
      return
    }
    var changed = written ?? Mixup()
    changed.mixupAlpha = mixupAlpha
    changed.cutmixAlpha = cutmixAlpha
    changed.probability = mixupProb ?? changed.probability
    changed.switchProbability = mixupSwitchProb ?? changed.switchProbability
    guard recipe.augmentation != nil else { throw recipe.cannotMix }
    recipe.augmentation?.mixup = changed
  }
}
