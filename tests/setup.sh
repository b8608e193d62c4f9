#!/bin/sh
# Installs what a build ("build") or the tests ("test") need. On Debian and as root it installs;
# elsewhere it names what is missing and fails. Nothing is skipped.
set -eu

rust_minimum=90 # 1.90, as Cargo.toml says
node_minimum=20

say() { printf 'setup: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

can_install() { have apt-get && [ "$(id -u)" = 0 ]; }

fetched=no
install_package() {
	can_install || return 1
	if [ "$fetched" = no ]; then
		say "apt-get update"
		apt-get update -qq
		fetched=yes
	fi
	say "apt-get install $1"
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}

missing=''
# need COMMAND PACKAGE
need() {
	have "$1" && return 0
	install_package "$2" && have "$1" && return 0
	missing="$missing $1(package:$2)"
}

# need_file FILE PACKAGE
need_file() {
	[ -e "$1" ] && return 0
	install_package "$2" && [ -e "$1" ] && return 0
	missing="$missing $1(package:$2)"
}

rust_is_new_enough() {
	have cargo || return 1
	minor=$(cargo --version | sed -n 's/^cargo 1\.\([0-9]*\)\..*/\1/p')
	[ "${minor:-0}" -ge "$rust_minimum" ]
}

need_rust() {
	rust_is_new_enough && return 0
	if ! have rustup && install_package rustup; then
		rustup default stable >&2
	fi
	rust_is_new_enough && return 0
	missing="$missing cargo(1.$rust_minimum-or-newer,see-rust-lang.org/tools/install)"
}

node_is_new_enough() {
	have node || return 1
	major=$(node --version | sed -n 's/^v\([0-9]*\)\..*/\1/p')
	[ "${major:-0}" -ge "$node_minimum" ]
}

need_rust
need cc gcc
case "${1:-build}" in
build) ;;
test)
	need redis-server redis-server
	need nginx nginx-light
	need_file /usr/lib/nginx/modules/ngx_stream_module.so libnginx-mod-stream
	need curl curl
	need openssl openssl
	need python3 python3
	python3 -c 'import ensurepip' 2>/dev/null || install_package python3-venv || missing="$missing python3-venv"
	need tar tar
	need shellcheck shellcheck
	need node nodejs
	need npm npm
	node_is_new_enough || missing="$missing node($node_minimum-or-newer)"
	;;
*)
	say "usage: setup.sh build|test"
	exit 2
	;;
esac

if [ -n "$missing" ]; then
	say "missing, and not installable from here:$missing"
	can_install || say "packages are installed only on Debian and as root"
	exit 1
fi
