import Checkpoints
import Foundation
import Testing

/// Files of other tools are answered with what to do about them.
@Suite struct ForeignFormatTests {
  static let cases: [(String, [UInt8], String)] = [
    ("x.h5", [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0], "numpy.savez"),
    ("x.gguf", Array("GGUF".utf8) + [3, 0, 0, 0, 0, 0], "GGUF"),
    ("x.tflite", [0x1C, 0, 0, 0] + Array("TFL3".utf8) + [0, 0], "--tflite"),
    ("saved_model.pb", [0x08, 0x01, 0x12, 0x80, 0x01, 0x0A, 0, 0, 0, 0], "--saved-model"),
    ("x.msgpack", [0x82, 0xA6] + Array("params".utf8) + [0x80, 0xA1], "msgpack_restore"),
    ("x.npy", [0x93] + Array("NUMPY".utf8) + [1, 0, 0x76, 0], ".npz"),
    ("x.pth", Array("version https://git-lfs.github.com/spec/v1\n".utf8), "git lfs pull"),
    ("x.pth", Array("<!DOCTYPE html><html>".utf8), "web page"),
    ("x.pth.gz", [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3], "gunzip"),
    ("checkpoint", Array("model_checkpoint_path: \"model.ckpt-1\"\n".utf8), "TensorFlow"),
    (
      "model.ckpt.index",
      [UInt8](repeating: 0, count: 40)
        + [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB], "TensorFlow"
    ),
  ]

  @Test(arguments: cases)
  func isToldWhatToDo(_ name: String, _ bytes: [UInt8], _ advice: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent(name)
      try Data(bytes).write(to: file)
      let sentence = Fixtures.sentence { () throws(CheckpointError) in try WeightFile.read(file) }
      #expect(sentence?.contains("\(name) is not supported") == true, "\(sentence ?? "no error")")
      #expect(sentence?.contains(advice) == true, "\(sentence ?? "no error")")
    }
  }

  @Test func aSavedModelFolderIsRecognised() throws {
    try Fixtures.withTemporaryFolder { folder in
      try Data([0x08, 0x01, 0x12]).write(to: folder.appendingPathComponent("saved_model.pb"))
      let sentence = Fixtures.sentence { () throws(CheckpointError) in
        try ModelCatalogue(folders: []).resolve(folder.path)
      }
      #expect(sentence?.contains("--saved-model") == true, "\(sentence ?? "no error")")
    }
  }
}
