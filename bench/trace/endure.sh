#!/usr/bin/env bash
# Does any traced program hang, or end otherwise than natively? Each of these runs
# RUNS times under each engine, while LOAD busy loops compete for the processors.
#
#	bench/trace/endure.sh [-r RUNS] [-l LOAD] [-j JOBS] [-n NANODIAG]
#
# A run that takes more than 60 s counts as a hang. What is not installed is left out.
set -euo pipefail
cd "$(dirname "$0")/../.."

runs=100 load=2 jobs=2 nanodiag=
while getopts r:l:j:n: o; do
	case $o in
	r) runs=$OPTARG ;;
	l) load=$OPTARG ;;
	j) jobs=$OPTARG ;;
	n) nanodiag=$(realpath "$OPTARG") ;;
	*) exit 2 ;;
	esac
done

dir=$(mktemp -d)
busy=()
trap 'for p in "${busy[@]}"; do kill "$p" 2>/dev/null || :; done; rm -rf "$dir"' EXIT
[ -n "$nanodiag" ] || { go build -o "$dir/nanodiag" ./cmd/nanodiag && nanodiag=$dir/nanodiag; }

cat >"$dir/go.go" <<'GO'
package main

import (
	"os"
	"os/exec"
	"sync"
)

func main() {
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			os.ReadFile("/etc/passwd")
			exec.Command("/bin/true").Run()
		})
	}
	wg.Wait()
	os.Exit(3)
}
GO
echo 'int main(void) { return 3; }' >"$dir/c.c"
printf 'all: a b c\na b c:\n\t@x=$$(echo $@); test $$x = $@\n' >"$dir/Makefile"
go build -o "$dir/go" "$dir/go.go" || :
gcc -static -o "$dir/static" "$dir/c.c" 2>/dev/null || :
musl-gcc -o "$dir/musl" "$dir/c.c" 2>/dev/null || :

# status, then the command; ~ is a space
programs=(
	'5 bash -c x=$(echo~a|cat);y=$(true;$(true));(exit~5)'
	'0 python3 -c import~json,ssl,subprocess,threading;[threading.Thread(target=subprocess.run,args=(["true"],)).start()~for~i~in~range(4)]'
	'0 node -e require("child_process").execSync("true");new~(require("worker_threads").Worker)("1",{eval:true})'
	'0 java -XshowSettings:none -version'
	'0 git --no-pager -c core.pager=cat log -n1 --oneline'
	"0 make -s -j4 -f $dir/Makefile"
	'0 gdb -nx -batch -ex python~print(6*7) /bin/true'
	"3 $dir/go"
	"3 $dir/static"
	"3 $dir/musl"
)

# once ENGINE STATUS COMMAND…: one word about one run.
once() {
	local engine=$1 want=$2 got=0
	shift 2
	timeout -k 1 60 "$nanodiag" trace --engine "$engine" -- "$@" >/dev/null 2>"$dir/err.$$" </dev/null || got=$?
	if [ "$got" = "$want" ]; then
		echo ok
	elif [ "$got" = 124 ] || [ "$got" = 137 ]; then
		echo hang
	else
		echo "wrong($got): $(head -c 200 "$dir/err.$$" | tr '\n' ' ')"
	fi
	rm -f "$dir/err.$$"
}
export -f once
export dir nanodiag

for ((i = 0; i < load; i++)); do
	(while :; do :; done) &
	busy+=($!)
done
echo "| program | engine | runs | as natively | hangs | other | seconds |"
echo "|---|---|---|---|---|---|---|"
failed=0
for line in "${programs[@]}"; do
	read -r want words <<<"$line"
	read -ra argv <<<"$words"
	argv=("${argv[@]//\~/ }")
	argv[0]=$(command -v "${words%% *}") || { echo "endure: ${words%% *} is not installed" >&2; continue; }
	name=$(basename "${argv[0]}")
	for engine in ptrace notify; do
		begin=$SECONDS
		seq "$runs" | xargs -P "$jobs" -I{} bash -c 'once "$@"' bash "$engine" "$want" "${argv[@]}" >"$dir/words"
		ok=$(grep -c '^ok$' "$dir/words" || :)
		hangs=$(grep -c '^hang$' "$dir/words" || :)
		echo "| $name | $engine | $runs | $ok | $hangs | $((runs - ok - hangs)) | $((SECONDS - begin)) |"
		if [ "$ok" != "$runs" ]; then
			failed=1
			grep -v '^ok$' "$dir/words" | sort | uniq -c | head -3 >&2
		fi
	done
done
exit $failed
