# Sourced by the other scripts: installs missing Debian packages, and checks for the Swift toolchain.

# The packages that a build needs.
build_packages=(
    librdkafka-dev libopencv-dev libsqlite3-dev libjpeg-dev libpng-dev libtiff-dev libwebp-dev liblcms2-dev libexiv2-dev
    libisal-dev libseccomp-dev zlib1g-dev pkg-config)

# The installed ones of these packages, each with its version.
package_versions() {
    dpkg-query -W -f='${Package} ${Version} ${Status}\n' "$@" 2>/dev/null | sed -n 's/ install ok installed$//p'
}

need_packages() {
    local missing=() package installed
    installed=$(package_versions "$@" || true)
    for package in "$@"; do
        grep -q "^$package " <<<"$installed" || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    echo "Installing ${missing[*]} …" >&2
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "Debian packages are missing: ${missing[*]}. Install them as root, then try again." >&2
            exit 1
        }
        root=(sudo)
    fi
    "${root[@]}" apt-get update -qq
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

need_swift() {
    command -v swift >/dev/null || {
        echo "Swift 6.2 or later is missing; https://www.swift.org/install/linux/ says how to get it." >&2
        exit 1
    }
}
