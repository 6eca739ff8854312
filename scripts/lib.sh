# What the scripts share: installing packages, starting Docker, timed steps. Sourced, never run.
# shellcheck shell=bash
set -euo pipefail

SELF="$(realpath "$0")"
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
TARGET="${CARGO_TARGET_DIR:-$ROOT/target}"
LOGS="$TARGET/logs"
TOOLS="$TARGET/tools"
SUITE=trixie # the Debian release that every container image stands on
mkdir -p "$LOGS" "$TOOLS/bin"
PATH="$TOOLS/bin:${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
elapsed() { printf '%d s' $((SECONDS - $1)); }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; return; fi
    have sudo || fail "this needs root, and sudo is not installed: $*"
    sudo "$@"
}

# begin ARGUMENT…: a script's last line. Calls its main, or, when step asks, the one function named.
begin() {
    if [ "${1:-}" = --call ]; then shift; "$@"; else main "$@"; fi
}

# step TITLE COMMAND…: runs it with its output in a log; prints how long it took, and the log's tail if it failed.
# A function runs in a new process of the same script: one whose failure the caller catches would otherwise go on after an error.
step() {
    local title=$1 begun=$SECONDS log pid status=0
    shift
    if declare -F "$1" >/dev/null; then set -- bash "$SELF" --call "$@"; fi
    log="$LOGS/$(tr -cs 'A-Za-z0-9' '-' <<<"$title" | sed 's/^-*//; s/-*$//').log"
    say "→ $title"
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    heartbeat "$pid" "$log" "$begun" &
    wait "$pid" || status=$?
    if [ "$status" = 0 ]; then say "✓ $title ($(elapsed "$begun"))"; return 0; fi
    tail -n "${STEP_TAIL:-80}" "$log" >&2
    say "✗ $title ($(elapsed "$begun"), exit $status; all of it: ${log#"$ROOT"/})"
    return "$status"
}

# A line a minute while a long step runs, so that nobody takes it for dead.
heartbeat() {
    local pid=$1 log=$2 begun=$3 tick=0
    while sleep 1 && kill -0 "$pid" 2>/dev/null; do
        tick=$((tick + 1))
        if [ $((tick % 60)) = 0 ]; then say "  … $(elapsed "$begun"): $(tail -n 1 "$log" | cut -c 1-120)"; fi
    done
}

# wait_until SECONDS COMMAND…: asks again and again until it succeeds or the deadline passes.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.3
    done
}

# need_room GB: a full disk shows itself as some compiler's failure, half an hour later.
need_room() {
    local free
    free=$(($(df --output=avail -k "$TARGET" | tail -n 1) / 1024 / 1024))
    [ "$free" -ge "$1" ] || fail "$free GB are free where ${TARGET/#"$ROOT"\//} is, and this takes up to $1; make room (old builds: cargo clean; old images: docker image prune)"
}

# ---- Packages

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 "$@" >&2; }
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p' | grep -v '(none)'; }
refresh_packages() { apt_get update || say "warning: apt-get update failed; going on with the lists there are"; }

# need_packages NAME…: installs those that are missing, and touches nothing when none is.
need_packages() {
    local missing=() name
    for name in "$@"; do installed "$name" || missing+=("$name"); done
    [ "${#missing[@]}" -gt 0 ] || return 0
    have apt-get || fail "please install by hand (no apt-get here): ${missing[*]}"
    say "  installing ${missing[*]}"
    apt_get install --no-install-recommends "${missing[@]}" && return 0
    refresh_packages
    apt_get install --no-install-recommends "${missing[@]}" || fail "apt-get could not install: ${missing[*]}"
}

# What opens HEIC pictures. Since Debian 13 the decoder is a package of its own.
heif_packages() {
    echo libheif-examples
    if apt-cache show libheif-plugin-libde265 >/dev/null 2>&1; then echo libheif-plugin-libde265; fi
}

# Where this host takes Debian from (LABEL: Debian or Debian-Security); empty when it has no such source.
host_mirror() {
    apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Identifier: Packages' 2>/dev/null |
        sed -n "s/^$1|//p" | head -n 1 | sed 's#/*$##'
}

# The mirror to build images from: the host's own if it has one, else the one that debootstrap would take.
debian_mirror() {
    local mirror
    mirror="${MOTCUA_DEBIAN_MIRROR:-$(host_mirror Debian)}"
    if [ -z "$mirror" ]; then
        need_packages debootstrap
        mirror="$(sed -n 's/^ *default_mirror //p' "/usr/share/debootstrap/scripts/$SUITE" | head -n 1)"
    fi
    [ -n "$mirror" ] || fail "no Debian mirror known: set MOTCUA_DEBIAN_MIRROR to one"
    printf '%s\n' "$mirror"
}

# ---- Docker

docker_ready() { docker info >/dev/null 2>&1; }

need_docker() {
    if ! have docker || ! have dockerd; then
        docker_ready || need_packages docker.io iptables
        if ! have docker; then need_packages docker-cli; fi
    fi
    docker_ready || start_docker
    need_buildx
}

# Started directly: the init script fails where a process may not raise its limits, and a container host may have no service manager.
start_docker() {
    local log="$LOGS/dockerd.log" begun=$SECONDS
    have dockerd || fail "no Docker engine answers and dockerd is not installed"
    if [ -d /run/systemd/system ]; then
        as_root systemctl start docker
    else
        say "  starting dockerd (log: ${log#"$ROOT"/})"
        # One that was killed leaves its number behind, which another program may have by now.
        if ! grep -qsx -e dockerd -e containerd /proc/[0-9]*/comm; then
            as_root rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid
        fi
        as_root setsid nohup dockerd --group "$(id -gn)" >"$log" 2>&1 </dev/null &
        disown
    fi
    if ! wait_until 60 docker_ready; then
        tail -n 20 "$log" >&2 || true
        fail "dockerd was not ready after $(elapsed "$begun"); if it runs, your user may not use its socket (group docker)"
    fi
    say "  docker ready ($(elapsed "$begun"))"
}

need_buildx() { docker buildx version >/dev/null 2>&1 || need_docker_plugins buildx docker-buildx docker-buildx-plugin; }
need_compose() {
    need_docker
    docker compose version >/dev/null 2>&1 ||
        need_docker_plugins compose docker-compose-v2 docker-compose-plugin docker-compose
}

# need_docker_plugins PLUGIN PACKAGE…: the distribution's own package if it is recent, else the one of $SUITE.
need_docker_plugins() {
    local plugin=$1 package
    shift
    for package in "$@"; do
        case "$(candidate "$package")" in "" | 1.*) continue ;; esac
        need_packages "$package"
        if docker "$plugin" version >/dev/null 2>&1; then return 0; fi
    done
    plugin_from_suite "$plugin"
    docker "$plugin" version >/dev/null || fail "docker $plugin could not be installed"
}

# Takes docker-$1 out of $SUITE's package, which needs nothing newer than Debian 12's libc, without touching the host's sources.
plugin_from_suite() {
    local dir plugins=/usr/local/lib/docker/cli-plugins package="docker-$1"
    need_packages debian-archive-keyring
    dir="$(mktemp -d)"
    say "  taking $package from Debian $SUITE"
    mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$(debian_mirror)" "$SUITE" >"$dir/sources.list"
    suite_apt "$dir" update
    (cd "$dir" && suite_apt "$dir" download "$package")
    dpkg-deb -x "$dir/$package"_*.deb "$dir/root"
    as_root install -D -m 755 "$(find "$dir/root" -type f -path '*/cli-plugins/*' -name "$package" | head -n 1)" "$plugins/$package"
    rm -rf "$dir"
}

suite_apt() {
    local dir=$1
    shift
    apt-get -qq -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache" -o APT::Sandbox::User=root "$@" >&2
}

image_exists() { docker image inspect "$1" >/dev/null 2>&1; }
