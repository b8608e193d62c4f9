#!/bin/sh
# Installs oauthlab: built from this checkout, or from a release archive that you already have and
# whose SHA-256 you name. Downloads nothing itself; cargo fetches the locked dependencies.
set -eu

usage() {
	cat <<'TEXT'
Usage: sh install.sh [--prefix DIR] [--archive FILE --sha256 SUM] [--no-completions]
       sh install.sh --uninstall [--prefix DIR]

  --prefix DIR       where to install (default: /usr/local as root, else ~/.local)
  --archive FILE     install from this .tar.gz instead of building
  --sha256 SUM       the checksum that the archive must have; required with --archive
  --no-completions   install the program only
  --uninstall        remove what this script installs; your labs and their data stay
TEXT
}

fail() {
	printf 'install.sh: %s\n' "$1" >&2
	exit "${2:-1}"
}

prefix=''
archive=''
sum=''
completions=yes
action=install
while [ $# -gt 0 ]; do
	case $1 in
	--prefix | --archive | --sha256) [ $# -ge 2 ] || fail "$1 needs a value" 2 ;;
	esac
	case $1 in
	--prefix) prefix=$2 && shift ;;
	--archive) archive=$2 && shift ;;
	--sha256) sum=$2 && shift ;;
	--no-completions) completions=no ;;
	--uninstall) action=uninstall ;;
	-h | --help) usage && exit 0 ;;
	*) usage >&2 && fail "unknown argument: $1" 2 ;;
	esac
	shift
done
if [ -z "$prefix" ]; then
	if [ "$(id -u)" = 0 ]; then prefix=/usr/local; else prefix=${HOME:?}/.local; fi
fi
case $prefix in
/*) ;;
*) prefix=$(pwd)/$prefix ;;
esac

program=$prefix/bin/oauthlab
bash_file=$prefix/share/bash-completion/completions/oauthlab
zsh_file=$prefix/share/zsh/site-functions/_oauthlab
fish_file=$prefix/share/fish/vendor_completions.d/oauthlab.fish

if [ "$action" = uninstall ]; then
	[ -e "$program" ] || fail "nothing is installed at $program"
	rm -f "$program" "$bash_file" "$zsh_file" "$fish_file"
	printf 'removed %s\n' "$program"
	exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

checksum() {
	if command -v sha256sum >/dev/null 2>&1; then
		sha256sum "$1" | cut -d ' ' -f 1
	elif command -v shasum >/dev/null 2>&1; then
		shasum -a 256 "$1" | cut -d ' ' -f 1
	else
		fail 'sha256sum or shasum is needed'
	fi
}

unpack() {
	[ -f "$archive" ] || fail "no such file: $archive"
	[ -n "$sum" ] || fail '--archive needs --sha256, from where you trust it' 2
	# Our own copy: what is checked is what is unpacked.
	cp "$archive" "$work/archive.tar.gz"
	found=$(checksum "$work/archive.tar.gz")
	wanted=$(printf '%s' "$sum" | tr 'A-F' 'a-f')
	[ "$found" = "$wanted" ] || fail "SHA-256 is $found, not $wanted: nothing was installed"
	mkdir "$work/unpacked"
	tar -xzf "$work/archive.tar.gz" -C "$work/unpacked"
	built=$(find "$work/unpacked" -type f -name oauthlab)
	[ -f "$built" ] || fail 'the archive does not hold exactly one oauthlab'
}

build() {
	checkout=$(cd "$(dirname "$0")" && pwd)
	[ -f "$checkout/Cargo.toml" ] || fail 'run this from a checkout, or name --archive and --sha256' 2
	command -v cargo >/dev/null 2>&1 || fail 'cargo is needed to build: see rust-lang.org/tools/install'
	cargo install --locked --no-track --path "$checkout" --root "$work/cargo"
	built=$work/cargo/bin/oauthlab
}

if [ -n "$archive" ]; then
	unpack
elif [ -n "$sum" ]; then
	fail '--sha256 is for --archive' 2
else
	build
fi
"$built" --version >/dev/null || fail 'the program does not run on this machine'

# place FILE TARGET MODE: complete or not at all, also while the old one runs.
place() {
	mkdir -p "$(dirname "$2")"
	cp "$1" "$2.new.$$"
	chmod "$3" "$2.new.$$"
	mv -f "$2.new.$$" "$2"
}

if [ "$completions" = yes ]; then
	"$built" completions bash >"$work/bash"
	"$built" completions zsh >"$work/zsh"
	"$built" completions fish >"$work/fish"
	place "$work/bash" "$bash_file" 644
	place "$work/zsh" "$zsh_file" 644
	place "$work/fish" "$fish_file" 644
fi
place "$built" "$program" 755
printf 'installed %s\n' "$program"
case :$PATH: in
*":$prefix/bin:"*) ;;
*) printf 'note: %s is not in PATH\n' "$prefix/bin" >&2 ;;
esac
