/// One way in which people keep labelled pictures.
struct DatasetReader: Sendable {
  /// The data set at a place, or nil where the place is not of this kind.
  let read: @Sendable (DataSource) throws(DatasetError) -> Dataset?

  /// Every reader, the first that knows a place reads it; to add one, write a file in `Readers` and
  /// add it here.
  static let all: [DatasetReader] = [
    .manifest, .idxFiles, .cifarFiles, .numpyArrays, .tarShards, .classFolders,
  ]
}
