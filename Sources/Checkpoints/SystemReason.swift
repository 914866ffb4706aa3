package import Foundation

/// Why the system refused, in its own words, such as `Not a directory`.
///
/// Foundation's sentences for people often name no reason ("The operation could not be completed");
/// the system's own error lies below them.
package func systemReason(_ error: any Error) -> String {
  var reason = error as NSError
  while let deeper = reason.userInfo[NSUnderlyingErrorKey] as? any Error {
    reason = deeper as NSError
  }
  return reason.domain == NSPOSIXErrorDomain
    ? String(cString: strerror(Int32(reason.code))) : oneLine(error.localizedDescription)
}

/// Why no file or folder can be made at a place: what on the way to it is no folder, or what the
/// system says.
package func systemReason(_ error: any Error, makingBelow place: URL) -> String {
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
