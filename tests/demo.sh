#!/bin/sh
# A whole flow against a fresh lab, without a browser: register, token, call, introspect, refusal.
# Usage: demo.sh PATH-TO-OAUTHLAB. Leaves nothing behind.
set -eu

if [ "${1:-}" != --inside ]; then
	program=$1
	case $program in */*) program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program") ;; esac
	home=$(mktemp -d)
	trap 'rm -rf "$home"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	mkdir "$home/bin" "$home/run"
	ln -s "$program" "$home/bin/oauthlab"
	HOME=$home XDG_RUNTIME_DIR=$home/run PATH=$home/bin:$PATH
	export HOME XDG_RUNTIME_DIR PATH
	unset XDG_DATA_HOME XDG_STATE_HOME XDG_CONFIG_HOME
	printf '%s\n' '$ oauthlab serve -- sh demo.sh' '  Ports, CA, certificate, keys: chosen and made at start; gone at the end.'
	oauthlab serve --quiet -- sh "$0" --inside
	printf '\n%s\n' 'The lab has stopped. Next: README.md, and oauthlab --help'
	exit 0
fi

# step TEXT COMMAND…: says what it is for, shows the command, runs it.
number=0
step() {
	number=$((number + 1))
	printf '\n%s. %s\n' "$number" "$1"
	shift
	printf '   $ %s\n' "$(shown "$@")"
	status=0
	"$@" >"$HOME/output" 2>&1 || status=$?
	sed 's/^/   /' "$HOME/output"
	[ "$status" = 0 ] || exit "$status"
}

# The command as one would type it.
shown() {
	printf '%s' "$1"
	shift
	for word in "$@"; do
		case $word in
		*' '*) printf " '%s'" "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
}

step 'Register a public client at the lab (RFC 7591).' \
	oauthlab register demo --public --redirect-uri http://127.0.0.1/callback \
	--scope 'openid profile notes:read notes:write'

step 'Get a token with authorization code + PKCE: authorize, login, consent, redirect, exchange, checks.' \
	oauthlab token --client demo --user alice --scope 'openid notes:read notes:write' -o claims

step 'Call the protected API. It asks the issuer about the token (RFC 7662).' \
	oauthlab call -d '{"text":"milk"}' "$OAUTHLAB_RESOURCE/notes"

step 'Ask the issuer yourself.' \
	oauthlab introspect

step 'Ask for a token without PKCE. A strict server refuses; that is what is expected here.' \
	oauthlab token --client demo --user alice --pkce none --expect-refusal pkce.challenge_presented

step 'Why was it refused? Every rule that was judged, what it expected and what it got.' \
	oauthlab why last
