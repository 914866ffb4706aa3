public import Foundation

/// What errno says, in words and in lower case.
public func lastSystemError() -> String {
  let text = String(cString: strerror(errno))
  return text.prefix(1).lowercased() + text.dropFirst()
}

/// Why the system refused, in its own words, such as `Not a directory`.
///
/// Foundation's sentences for people often name no reason ("The operation could not be completed");
/// the system's own error lies below them.
public func systemReason(_ error: any Error) -> String {
  var reason = error as NSError
  while let deeper = reason.userInfo[NSUnderlyingErrorKey] as? any Error {
    reason = deeper as NSError
  }
  if reason.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(reason.code))) }
  return error.localizedDescription.split(whereSeparator: \.isNewline).joined(separator: " ")
    .trimmingCharacters(in: CharacterSet(charactersIn: ". "))
}

/// Why no file or folder can be made at a place: what on the way to it is no folder, or what the
/// system says.
public func systemReason(_ error: any Error, makingBelow place: URL) -> String {
  var ancestor = place.standardizedFileURL
  while ancestor.path != "/" {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: ancestor.path, isDirectory: &isFolder) {
      return isFolder.boolValue
        ? "\(ancestor.path): \(systemReason(error))" : "\(ancestor.path) is a file"
    }
    ancestor.deleteLastPathComponent()
  }
  return systemReason(error)
}
