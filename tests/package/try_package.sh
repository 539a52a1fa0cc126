#!/usr/bin/env bash
# Installs, upgrades and removes the package in a bare Debian root, and uses it as its owner would. As root, with
# debootstrap; takes a few minutes and a mirror. There is no systemd in such a root: the server is started by hand as
# the unit would start it, and systemd judges the unit by itself.
#
#   tests/package/try_package.sh build/package/waybill_*.deb [MIRROR]
set -euo pipefail
package=$(realpath "$1") mirror=${2:-}
root=$(mktemp -d /var/tmp/waybill-package-XXXXXX)
server=
port=18089

cleanup() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  umount "$root/proc" 2>/dev/null || true
  rm -rf "$root"
}
trap cleanup EXIT

step() { printf '== %s\n' "$*"; }
fail() {
  printf 'try_package: %s\n' "$*" >&2
  exit 1
}
into=(chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8)
in_root() { "${into[@]}" "$@"; }
expect() { [[ $1 == "$2" ]] || fail "expected '$2', found '$1' ($3)"; }

start() {
  "${into[@]}" setpriv --reuid waybill --regid waybill --clear-groups \
    waybill serve --config /etc/waybill/waybill.toml --listen "127.0.0.1:$port" >"$root/tmp/serve.out" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    ! curl -fs "http://127.0.0.1:$port/readyz" >/dev/null 2>&1 || return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  fail "the server did not get ready: $(cat "$root/tmp/serve.out")"
}
stop() {
  kill "$server"
  wait "$server" || fail "the server ended with $?"
  server=
}
events() { curl -fsS -u "$account:$token" "http://127.0.0.1:$port/v1/Workspaces/$workspace/Events?Minutes=60" | grep -o '"sid":"EV' | wc -l; }

step "a bare root"
# shellcheck disable=SC2086  # no mirror is no word
debootstrap --variant=minbase --include=adduser,curl,ca-certificates bookworm "$root" $mirror >/dev/null
chmod 755 "$root"
mount -t proc proc "$root/proc"
cp "$package" "$root/tmp/waybill.deb"

step "install"
in_root apt-get install -y -qq --no-install-recommends /tmp/waybill.deb >/dev/null
in_root waybill version
expect "$(in_root stat -c '%U %a' /var/lib/waybill)" "waybill 700" "the data directory"
expect "$(in_root getent passwd waybill | cut -d: -f7)" /usr/sbin/nologin "the user's shell"
in_root test -e /usr/share/man/man1/waybill-serve.1.gz || in_root test -e /etc/dpkg/dpkg.cfg.d/docker || fail "no manual"

step "serve, post and read"
start
account=$(sed -n 's/^  Account SID  //p' "$root/tmp/serve.out")
token=$(sed -n 's/^  Auth Token   //p' "$root/tmp/serve.out")
workspace=WS00112233445566778899aabbccddeeff
curl -fsS -u "$account:$token" -H 'Content-Type: application/json' -o /dev/null \
  -d "{\"event_date\":\"$(date -u +%FT%TZ)\",\"event_type\":\"task.canceled\",\"event_data\":{}}" \
  "http://127.0.0.1:$port/v1/Workspaces/$workspace/Events"
expect "$(events)" 1 "events after posting one"
stop

step "upgrade"
echo '# mine' >>"$root/etc/waybill/waybill.toml"
in_root apt-get install -y -qq --reinstall --no-install-recommends /tmp/waybill.deb >/dev/null
expect "$(tail -n 1 "$root/etc/waybill/waybill.toml")" "# mine" "the settings"
start
expect "$(events)" 1 "events after the upgrade"
stop

step "remove, and purge"
in_root apt-get remove -y -qq waybill >/dev/null
in_root test ! -e /usr/bin/waybill || fail "the program is still there"
in_root test -e /etc/waybill/waybill.toml || fail "removing took the settings"
in_root apt-get purge -y -qq waybill >/dev/null 2>&1
in_root test ! -e /etc/waybill/waybill.toml || fail "purging left the settings"
in_root test -e /var/lib/waybill/waybill.db || fail "purging took the events"

step "the unit"
if command -v systemd-analyze >/dev/null; then
  unit=$(mktemp -d)
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$unit" ./usr/lib/systemd/system/waybill.service
  systemd-analyze security --offline=true "$unit/usr/lib/systemd/system/waybill.service" | tail -n 1
  rm -rf "$unit"
fi
step "fine"
