/// What was published of ImageNet networks, by architecture: what one would know without looking at data.
///
/// - Top-1 accuracy on ImageNet-1k and parameters: the metadata of torchvision 0.29's weights
///   `IMAGENET1K_V1` (`torchvision.models.get_model_weights(…)`, `meta["_metrics"]`, one 224 px crop or
///   the size of the weights), under timm's names. Other weights of an architecture differ by some points.
/// - Mean rank among eleven networks on eleven data sets after fine-tuning, 11 the best: Shao et al.,
///   ECCV 2022, group 1; computed by `benchmarks/prior.py`.
enum PublishedNetworks {
  struct Entry: Sendable {
    /// Top-1 accuracy on ImageNet-1k, in 0…1.
    let accuracy: Double
    let parameterCount: Int
    /// nil outside the published table.
    let meanRank: Double?
  }

  /// The entry of an architecture.
  static func entry(_ architecture: String) -> Entry? { entries[architecture] }

  private static let entries: [String: Entry] = [
    "convnext_base": Entry(accuracy: 0.84062, parameterCount: 88_591_464, meanRank: nil),
    "convnext_large": Entry(accuracy: 0.84414, parameterCount: 197_767_336, meanRank: nil),
    "convnext_small": Entry(accuracy: 0.83616, parameterCount: 50_223_688, meanRank: nil),
    "convnext_tiny": Entry(accuracy: 0.82520, parameterCount: 28_589_128, meanRank: nil),
    "densenet121": Entry(accuracy: 0.74434, parameterCount: 7_978_856, meanRank: 6.6364),
    "densenet161": Entry(accuracy: 0.77138, parameterCount: 28_681_000, meanRank: nil),
    "densenet169": Entry(accuracy: 0.75600, parameterCount: 14_149_480, meanRank: 8.0455),
    "densenet201": Entry(accuracy: 0.76896, parameterCount: 20_013_928, meanRank: 9.5909),
    "efficientnet_b0": Entry(accuracy: 0.77692, parameterCount: 5_288_548, meanRank: nil),
    "efficientnet_b1": Entry(accuracy: 0.78642, parameterCount: 7_794_184, meanRank: nil),
    "efficientnet_b2": Entry(accuracy: 0.80608, parameterCount: 9_109_994, meanRank: nil),
    "efficientnet_b3": Entry(accuracy: 0.82008, parameterCount: 12_233_232, meanRank: nil),
    "efficientnet_b4": Entry(accuracy: 0.83384, parameterCount: 19_341_616, meanRank: nil),
    "efficientnet_b5": Entry(accuracy: 0.83444, parameterCount: 30_389_784, meanRank: nil),
    "efficientnet_b6": Entry(accuracy: 0.84008, parameterCount: 43_040_704, meanRank: nil),
    "efficientnet_b7": Entry(accuracy: 0.84122, parameterCount: 66_347_960, meanRank: nil),
    "efficientnetv2_l": Entry(accuracy: 0.85808, parameterCount: 118_515_272, meanRank: nil),
    "efficientnetv2_m": Entry(accuracy: 0.85112, parameterCount: 54_139_356, meanRank: nil),
    "efficientnetv2_s": Entry(accuracy: 0.84228, parameterCount: 21_458_488, meanRank: nil),
    "googlenet": Entry(accuracy: 0.69778, parameterCount: 6_624_904, meanRank: 3.0000),
    "inception_v3": Entry(accuracy: 0.77294, parameterCount: 27_161_264, meanRank: 4.1818),
    "mnasnet_050": Entry(accuracy: 0.67734, parameterCount: 2_218_512, meanRank: nil),
    "mnasnet_075": Entry(accuracy: 0.71180, parameterCount: 3_170_208, meanRank: nil),
    "mnasnet_100": Entry(accuracy: 0.73456, parameterCount: 4_383_312, meanRank: 1.1818),
    "mobilenetv2_100": Entry(accuracy: 0.71878, parameterCount: 3_504_872, meanRank: 2.5455),
    "mobilenetv3_large_100": Entry(accuracy: 0.74042, parameterCount: 5_483_032, meanRank: nil),
    "mobilenetv3_small_100": Entry(accuracy: 0.67668, parameterCount: 2_542_856, meanRank: nil),
    "regnetx_004": Entry(accuracy: 0.72834, parameterCount: 5_495_976, meanRank: nil),
    "regnetx_008": Entry(accuracy: 0.75212, parameterCount: 7_259_656, meanRank: nil),
    "regnetx_016": Entry(accuracy: 0.77040, parameterCount: 9_190_136, meanRank: nil),
    "regnetx_032": Entry(accuracy: 0.78364, parameterCount: 15_296_552, meanRank: nil),
    "regnetx_080": Entry(accuracy: 0.79344, parameterCount: 39_572_648, meanRank: nil),
    "regnetx_160": Entry(accuracy: 0.80058, parameterCount: 54_278_536, meanRank: nil),
    "regnetx_320": Entry(accuracy: 0.80622, parameterCount: 107_811_560, meanRank: nil),
    "regnety_004": Entry(accuracy: 0.74046, parameterCount: 4_344_144, meanRank: nil),
    "regnety_008": Entry(accuracy: 0.76420, parameterCount: 6_432_512, meanRank: nil),
    "regnety_016": Entry(accuracy: 0.77950, parameterCount: 11_202_430, meanRank: nil),
    "regnety_032": Entry(accuracy: 0.78948, parameterCount: 19_436_338, meanRank: nil),
    "regnety_080": Entry(accuracy: 0.80032, parameterCount: 39_381_472, meanRank: nil),
    "regnety_160": Entry(accuracy: 0.80424, parameterCount: 83_590_140, meanRank: nil),
    "regnety_320": Entry(accuracy: 0.80878, parameterCount: 145_046_770, meanRank: nil),
    "resnet101": Entry(accuracy: 0.77374, parameterCount: 44_549_160, meanRank: 8.6818),
    "resnet152": Entry(accuracy: 0.78312, parameterCount: 60_192_808, meanRank: 10.5455),
    "resnet18": Entry(accuracy: 0.69758, parameterCount: 11_689_512, meanRank: nil),
    "resnet34": Entry(accuracy: 0.73314, parameterCount: 21_797_672, meanRank: 4.5455),
    "resnet50": Entry(accuracy: 0.76130, parameterCount: 25_557_032, meanRank: 7.0455),
    "resnext101_32x8d": Entry(accuracy: 0.79312, parameterCount: 88_791_336, meanRank: nil),
    "resnext101_64x4d": Entry(accuracy: 0.83246, parameterCount: 83_455_272, meanRank: nil),
    "resnext50_32x4d": Entry(accuracy: 0.77618, parameterCount: 25_028_904, meanRank: nil),
    "shufflenet_v2_x0_5": Entry(accuracy: 0.60552, parameterCount: 1_366_792, meanRank: nil),
    "shufflenet_v2_x1_0": Entry(accuracy: 0.69362, parameterCount: 2_278_604, meanRank: nil),
    "shufflenet_v2_x1_5": Entry(accuracy: 0.72996, parameterCount: 3_503_624, meanRank: nil),
    "shufflenet_v2_x2_0": Entry(accuracy: 0.76230, parameterCount: 7_393_996, meanRank: nil),
    "squeezenet1_0": Entry(accuracy: 0.58092, parameterCount: 1_248_424, meanRank: nil),
    "squeezenet1_1": Entry(accuracy: 0.58178, parameterCount: 1_235_496, meanRank: nil),
    "swin_base_patch4_window7_224": Entry(
      accuracy: 0.83582, parameterCount: 87_768_224, meanRank: nil),
    "swin_small_patch4_window7_224": Entry(
      accuracy: 0.83196, parameterCount: 49_606_258, meanRank: nil),
    "swin_tiny_patch4_window7_224": Entry(
      accuracy: 0.81474, parameterCount: 28_288_354, meanRank: nil),
    "vgg11": Entry(accuracy: 0.69020, parameterCount: 132_863_336, meanRank: nil),
    "vgg11_bn": Entry(accuracy: 0.70370, parameterCount: 132_868_840, meanRank: nil),
    "vgg13": Entry(accuracy: 0.69928, parameterCount: 133_047_848, meanRank: nil),
    "vgg13_bn": Entry(accuracy: 0.71586, parameterCount: 133_053_736, meanRank: nil),
    "vgg16": Entry(accuracy: 0.71592, parameterCount: 138_357_544, meanRank: nil),
    "vgg16_bn": Entry(accuracy: 0.73360, parameterCount: 138_365_992, meanRank: nil),
    "vgg19": Entry(accuracy: 0.72376, parameterCount: 143_667_240, meanRank: nil),
    "vgg19_bn": Entry(accuracy: 0.74218, parameterCount: 143_678_248, meanRank: nil),
    "vit_base_patch16_224": Entry(accuracy: 0.81072, parameterCount: 86_567_656, meanRank: nil),
    "vit_base_patch32_224": Entry(accuracy: 0.75912, parameterCount: 88_224_232, meanRank: nil),
    "vit_large_patch16_224": Entry(accuracy: 0.79662, parameterCount: 304_326_632, meanRank: nil),
    "vit_large_patch32_224": Entry(accuracy: 0.76972, parameterCount: 306_535_400, meanRank: nil),
    "wide_resnet101_2": Entry(accuracy: 0.78848, parameterCount: 126_886_696, meanRank: nil),
    "wide_resnet50_2": Entry(accuracy: 0.78468, parameterCount: 68_883_240, meanRank: nil),
  ]
}
