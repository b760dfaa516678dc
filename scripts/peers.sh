#!/usr/bin/env bash
# Installs the programs that the interoperability, chaos and benchmark tests talk to. Debian packages only; does nothing
# where all are there already. Needs root or sudo. Starts no daemon: the tests start their own.
set -euo pipefail

# A Sentinel is a redis-server that is told to be one: the package redis-sentinel has no other program.
packages=(sip-tester kamailio kamailio-extra-modules baresip-core tshark redis-server redis-tools iproute2 sqlite3 python3 util-linux
  osmo-mgw erlang-base erlang-megaco erlang-asn1 erlang-dev)

if ! [ -f /etc/debian_version ] || ! command -v apt-get >/dev/null; then
  echo "npm run peers knows Debian packages only; elsewhere install the like of: ${packages[*]}" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = 'ii ' ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "all peers are installed: ${packages[*]}"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo 'npm run peers installs packages: run it as root, or install sudo' >&2; exit 1; }
  as_root=(sudo)
fi

# Kamailio, Redis and osmo-mgw would start at once and take the ports that people use; a policy file says no for the time of this script.
policy=/usr/sbin/policy-rc.d
if ! [ -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi

echo "installing ${missing[*]}"
if printf '%s\n' "${missing[@]}" | grep -qx tshark; then
  echo 'wireshark-common wireshark-common/install-setuid boolean false' | "${as_root[@]}" debconf-set-selections
fi
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" </dev/null
