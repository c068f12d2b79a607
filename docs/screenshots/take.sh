#!/usr/bin/env bash
# Takes the README's pictures: the real program in a real terminal, turned into
# PNG. Needs tmux, aha and chromium (Debian: apt-get install tmux aha chromium
# fonts-jetbrains-mono). Usage: docs/screenshots/take.sh [COLUMNSxROWS]
set -euo pipefail
cd "$(dirname "$0")/../.."
size=${1:-140x42}
cols=${size%x*} rows=${size#*x}
bin=${MIGTOP:-bin/migtop}
out=docs/screenshots
work=$(mktemp -d)
socket=$work/tmux
t() { tmux -S "$socket" "$@"; }
trap 't kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

t -f /dev/null new-session -d -x "$cols" -y "$rows" \
	env COLORTERM=truecolor XDG_STATE_HOME="$work" XDG_CONFIG_HOME="$work" "$bin" demo --seed 1 --theme dark
t set -g default-terminal tmux-256color
t set -ga terminal-overrides ',*:Tc'

for ((i = 0; i < 100; i++)); do
	t capture-pane -p | grep -q 'Needs a person' && break
	sleep 0.1
done

shot() { # name
	sleep 1
	t capture-pane -e -p >"$work/$1.ansi"
	aha --no-header <"$work/$1.ansi" >"$work/body.html"
	{
		printf '<meta charset="utf-8"><style>body{margin:0;background:#16161e;color:#c8cbdc}'
		printf 'pre{margin:0;padding:14px 16px;width:max-content;font:15px/1.22 "JetBrains Mono","DejaVu Sans Mono",monospace;font-variant-ligatures:none}'
		printf '</style><pre>'
		cat "$work/body.html"
		printf '</pre>'
	} >"$work/$1.html"
	width=$((cols * 9 + 32)) height=$((rows * 183 / 10 + 30))
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --user-data-dir="$work/chromium" --force-device-scale-factor=1.5 \
		--window-size="$width,$height" --screenshot="$out/$1.png" "file://$work/$1.html" >/dev/null 2>&1
}

shot fleet
t send-keys 2
shot tenants
t send-keys Enter
shot tenant
t send-keys 9
shot sources
t send-keys q
