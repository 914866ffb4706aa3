import Checkpoints
import Foundation
import Networks
import TestSupport
import Testing

@Suite("timm's config.json as a card")
struct TimmConfigurationTests {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  func card(_ json: String, instead: String? = nil) throws -> ModelCard? {
    try ModelCard.read(
      timmConfiguration: try scratch.write(json, to: "model/config.json"),
      insteadOfUnknown: instead)
  }

  @Test("The Hub's form is read with all that a card has a place for")
  func hubForm() throws {
    let card = try #require(
      try card(
        """
        {"architecture": "resnet18", "num_classes": 1000, "num_features": 512,
         "pretrained_cfg": {"tag": "a1_in1k", "custom_load": false, "input_size": [3, 224, 224],
          "test_input_size": [3, 288, 288], "fixed_input_size": false, "interpolation": "bicubic",
          "crop_pct": 0.95, "test_crop_pct": 1.0, "crop_mode": "center",
          "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "num_classes": 1000,
          "pool_size": [7, 7], "first_conv": "conv1", "classifier": "fc", "license": "apache-2.0",
          "origin_url": "https://github.com/huggingface/pytorch-image-models",
          "paper_name": "ResNet strikes back", "paper_ids": "arXiv:2110.00476"}}
        """))
    #expect(card.id == "model" && card.architecture == "resnet18" && card.classCount == 1000)
    #expect(
      card.input
        == InputSpecification(
          imageSize: 224, cropPercent: 0.95, resize: .crop, interpolation: .bicubic))
    #expect(card.licence == "apache-2.0")
    #expect(card.sourceData == .init(name: "ImageNet-1k", imageCount: 1_281_167))
    #expect(card.citation == "ResNet strikes back, arXiv:2110.00476")
  }

  @Test("The form before timm 0.9, lists of names, labels and squashing are read")
  func otherForms() throws {
    let flat = try #require(
      try card(
        """
        {"architecture": "resnet18", "num_classes": 2, "labels": ["a", "b"], "mean": [0, 0, 0],
         "label_names": ["a", "b"], "crop_pct": 1.0, "crop_mode": "squash",
         "first_conv": ["a.conv", "b.conv"], "classifier": ["head", "head_dist"],
         "license": "mit"}
        """))
    #expect(flat.classNames == ["a", "b"] && flat.input.resize == .squash)
    #expect(flat.input.mean == [0, 0, 0] && flat.licence == "mit")
    let twice = try card(
      #"{"architecture": "resnet18", "pretrained_cfg": {"tag": "x_in21k_ft_in1k"}}"#)
    #expect(twice?.sourceData?.name == "ImageNet-21k, then ImageNet-1k")
  }

  @Test(
    "What cannot be followed is told",
    arguments: [
      (#"{"architecture": "resnet999"}"#, "the nearest"),
      (#"{"architecture": "resnet18", "model_args": {"act_layer": "gelu"}}"#, "act_layer"),
      (
        #"{"architecture": "resnet18", "pretrained_cfg": {"interpolation": "lanczos"}}"#,
        "'lanczos' is not"
      ),
      (
        #"{"architecture": "resnet18", "pretrained_cfg": {"crop_mode": "five"}}"#,
        "'five' is not center"
      ),
      (
        #"{"architecture": "resnet18", "pretrained_cfg": {"input_size": [1, 28, 28]}}"#,
        "square RGB"
      ),
      (#"{"architecture": "resnet18", "pretrained_cfg": {"mean": 0.5}}"#, "'pretrained_cfg.mean'"),
      (#"{"architecture": "#, "is not the JSON"),
    ])
  func refused(json: String, words: String) throws {
    let error = #expect(throws: CheckpointError.self) { try card(json) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("config.json") == true)
  }

  @Test("Another tool's config.json is no card, and a substitute serves where it is said")
  func others() throws {
    #expect(
      try card(#"{"architectures": ["ResNetForImageClassification"], "model_type": "resnet"}"#)
        == nil)
    let card = try card(
      #"{"architecture": "resnet999", "num_classes": 7}"#, instead: "resnet18")
    #expect(card?.architecture == "resnet18" && card?.classCount == 7)
    let harmless = try self.card(#"{"architecture": "resnet18", "model_args": {"img_size": 224}}"#)
    #expect(harmless != nil)
  }
}
