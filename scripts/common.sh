# Shared by scripts/demo and scripts/test: sets up what a fresh Debian machine lacks.
# Sourced, not run.

say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }

# Installs the Debian packages named that are not there yet.
need_packages() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' \
      || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  say "Installing ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
  "${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -y -qq "${missing[@]}" >&2
}

need_swift() {
  command -v swift >/dev/null 2>&1 || PATH="$PATH:/opt/swift/usr/bin"
  if ! command -v swift >/dev/null 2>&1; then
    echo "Swift 6 was not found: install it from https://www.swift.org/install/linux and put it on PATH." >&2
    exit 1
  fi
}

need_system() {
  need_packages libopenblas-dev libjpeg-dev libpng-dev zlib1g-dev libssl-dev pkg-config || {
    echo "The system packages could not be installed; see the message above." >&2
    exit 1
  }
}
