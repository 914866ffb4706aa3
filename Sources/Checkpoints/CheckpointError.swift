// Whoever reads weights meets the files they lie in: the errors, the byte readers and the NumPy arrays
// of Archives are part of what this room shows.
@_exported public import Archives

/// What a weight, array or card file did wrong, with the file it happened in.
public typealias CheckpointError = FileError
