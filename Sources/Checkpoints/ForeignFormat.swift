/// Files of other tools that people take for weights: recognised by their first bytes, and answered
/// with what to do about them.
enum ForeignFormat {
  /// What to do about a file of a format that is not read; nil for every other file.
  static func advice(on bytes: UnsafeRawBufferPointer) -> String? {
    for (magic, offset, advice) in magics
    where bytes.count >= offset + magic.count
      && bytes[offset..<(offset + magic.count)].elementsEqual(magic)
    {
      return advice
    }
    // A LevelDB table ends with its magic number; TensorFlow keeps the names of its tensors in one.
    if bytes.count >= 48, bytes.suffix(8).elementsEqual(levelTableMagic) { return tensorFlow }
    return isFlax(bytes) ? flax : nil
  }

  /// What to do about a zip archive of another tool; nil for every other archive.
  static func advice(on archive: ZipArchive) -> String? {
    if archive.entry(named: "model.weights.h5") != nil { return keras }
    if archive.entries.contains(where: { $0.name.hasSuffix("saved_model.pb") }) {
      return tensorFlow
    }
    return nil
  }

  /// What to do about TensorFlow's files, of which none holds weights in a simple layout.
  static let tensorFlow =
    "it is a TensorFlow model (SavedModel, checkpoint or frozen graph); convert it in Python, with "
    + "'python -m tf2onnx.convert --saved-model FOLDER --output model.onnx', or save its arrays with "
    + "numpy.savez"

  private static let keras =
    "it is an HDF5 file (Keras .h5, .hdf5 or .keras); convert it in Python: load the model, then "
    + "numpy.savez('weights.npz', **{w.path: w.numpy() for w in model.weights}), or export it to "
    + "ONNX with tf2onnx"

  private static let flax =
    "it is a MessagePack file (Flax); convert it in Python: "
    + "flax.serialization.msgpack_restore(open(FILE, 'rb').read()) gives its arrays, "
    + "safetensors.numpy.save_file saves them"

  private static let levelTableMagic: [UInt8] = [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB]

  private static let magics: [(magic: [UInt8], offset: Int, advice: String)] = [
    (
      NumPyHeader.magic, 0,
      "it is a single NumPy array; weights come as an .npz archive of named ones"
    ),
    ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A], 0, keras),
    (
      Array("ustar".utf8), 257,
      "it is a tar file (PyTorch before 0.1.10, or an archive to unpack); unpack it, or load and "
        + "save it with a newer PyTorch"
    ),
    ([0x1F, 0x8B, 0x08], 0, "it is compressed by gzip; unpack it with gunzip"),
    (
      Array("GGUF".utf8), 0,
      "it is a GGUF file, a format of language models with quantised weights; take the original "
        + "safetensors or PyTorch weights of the network"
    ),
    (
      Array("TFL3".utf8), 4,
      "it is a TensorFlow Lite model; convert it with 'python -m tf2onnx.convert --tflite FILE "
        + "--output model.onnx', or take the network that it was made from"
    ),
    // SavedModel: field 1 (version 1), then field 2 (a graph with its metadata).
    ([0x08, 0x01, 0x12], 0, tensorFlow),
    (Array("model_checkpoint_path".utf8), 0, tensorFlow),
    (
      Array("version https://git-lfs".utf8), 0,
      "it is a Git LFS pointer and not the file itself; run 'git lfs pull' in its folder"
    ),
    (Array("<!DOCTYPE".utf8), 0, webPage), (Array("<!doctype".utf8), 0, webPage),
    (Array("<html".utf8), 0, webPage),
    (
      Array("<?xml".utf8), 0,
      "it is an XML file (an OpenVINO network?); give the PyTorch, safetensors or ONNX file that it "
        + "was made from"
    ),
  ]

  private static let webPage =
    "it is a web page and not a weight file; download the file itself (its 'raw' or 'resolve' "
    + "address)"

  /// A MessagePack map whose first key is a string, as Flax writes parameters.
  private static func isFlax(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= 8 else { return false }
    func isString(_ byte: UInt8) -> Bool { (0xA1...0xBF).contains(byte) || byte == 0xD9 }
    switch bytes[0] {
    case 0x81...0x8F: return isString(bytes[1])
    case 0xDE: return isString(bytes[3])
    default: return false
    }
  }
}
