#!/usr/bin/env bash
# What tracing costs: CPU time (user and system) of the whole process tree under
# nanodiag and its peers, as a ratio to the same program untraced.
#
#	bench/trace/run.sh [-r ROUNDS] [-s SCALE] [-t SECONDS] [-n NANODIAG] [WORKLOAD…]
#
# ROUNDS of every workload are run, tools taking turns, and the median counts. Start-up
# is measured as a workload of its own and subtracted from the others. SCALE divides the
# sizes (1 is the full size). A tool that stops at every call gets a tenth of the count,
# or less, and is extrapolated. A peer that is not installed, or that takes more than
# SECONDS, is left out with a message.
set -euo pipefail
cd "$(dirname "$0")/../.."

rounds=5 scale=1 limit=60 nanodiag=
while getopts r:s:t:n: o; do
	case $o in
	r) rounds=$OPTARG ;;
	s) scale=$OPTARG ;;
	t) limit=$OPTARG ;;
	n) nanodiag=$(realpath "$OPTARG") ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))

# name, what, full count, the share for tools that stop at every call, target ratios of
# the ptrace engine (must, stretch) and of the notify engine
table='
W1 calls   5000000 100 1.2  1.1  1.2
W2 threads 5000000 200 1.2  1.1  1.2
W3 read    2000000 100 1.2  1.1  1.2
W4 open     200000  10 14   8    10
W5 churn     20000  10 4    2    1.2
W6 fork        500   5 1.5  1.3  1.3
W7 prove      4000   4 1.03 1.00 1.03
W8 dlopen     2000   5 2.2  1.9  2.2
'
tools='native nanodiag notify strace-bpf strace uroot'

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
command -v gcc >/dev/null || { echo "bench: gcc is not installed; the workloads cannot be built" >&2; exit 1; }
gcc -O2 -w -pthread -o "$dir/workload" bench/trace/workload.c -ldl
echo 'int plugin;' | gcc -shared -fPIC -x c -o "$dir/plugin.so" -
[ -n "$nanodiag" ] || { go build -o "$dir/nanodiag" ./cmd/nanodiag && nanodiag=$dir/nanodiag; }
skip=' '
without() {
	case $skip in *" $1 "*) return ;; esac
	skip+="$1 "
	echo "bench: $1 is left out: $2" >&2
}
command -v strace >/dev/null || { without strace 'not installed'; without strace-bpf 'not installed'; }
strace --seccomp-bpf -f true >/dev/null 2>&1 || without strace-bpf 'this strace does not know --seccomp-bpf'
go build -o "$dir/uroot" ./bench/trace/uroot 2>/dev/null || without uroot 'it cannot be built here'
"$nanodiag" trace --engine notify -- "$dir/workload" start 1 >/dev/null 2>&1 || without notify 'nanodiag has no such engine here'

under() {
	local tool=$1
	shift
	case $tool in
	native) "$@" ;;
	nanodiag) "$nanodiag" trace -- "$@" ;;
	notify) "$nanodiag" trace --engine notify -- "$@" ;;
	strace) strace -f -e trace=file -o /dev/null "$@" ;;
	strace-bpf) strace -f --seccomp-bpf -e trace=file -o /dev/null "$@" ;;
	uroot) "$dir/uroot" "$@" ;;
	esac
}
export -f under
export dir nanodiag

# cpu TOOL MODE COUNT: seconds of CPU; fails when the run does or takes too long.
cpu() {
	local TIMEFORMAT='%U %S' out
	out=$({ time timeout -k 1 "$limit" bash -c 'under "$@" >/dev/null 2>&1' bash "$1" "$dir/workload" "$2" "$3" "$dir/plugin.so" </dev/null; } 2>&1) || return 1
	awk '{ print $1 + $2; exit }' <<<"$out"
}

# Tools that stop at every call of the workload.
slow() {
	case $1 in
	strace | uroot) true ;;
	strace-bpf) [ "$2" = W2 ] ;; # its threads run without the filter until they open a file
	*) false ;;
	esac
}

: >"$dir/samples"
: >"$dir/counts"
echo "$table" | while read -r name mode full share must stretch notify; do
	[ -n "$name" ] || continue
	[ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
	echo "$name $mode $must $stretch $notify" >>"$dir/counts"
done
for ((r = 0; r < rounds; r++)); do
	for tool in $tools; do
		[[ $skip == *" $tool "* ]] && continue
		t=$(cpu "$tool" start 1) || { without "$tool" 'it does not run'; continue; }
		echo "W0 $tool 1 1 $t" >>"$dir/samples"
	done
	while read -r name mode full share _; do
		[ -n "$name" ] || continue
		grep -q "^$name " "$dir/counts" || continue
		full=$((full / scale))
		for tool in $tools; do
			[[ $skip == *" $tool "* || $skip == *" $tool/$name "* ]] && continue
			n=$full
			slow "$tool" "$name" && n=$((full / share))
			[ $n -gt 0 ] || n=1
			if ! t=$(cpu "$tool" "$mode" $n); then
				without "$tool/$name" "it failed or took more than $limit seconds"
				continue
			fi
			echo "$name $tool $full $n $t" >>"$dir/samples"
		done
	done <<<"$table"
done

awk -v tools="$tools" '
function median(list,   a, n, i, j, t) {
	n = split(list, a, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && a[j - 1] + 0 > a[j] + 0; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
	return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
}
function cost(w, tool,   d) { # of the full count, start-up left out
	d = median(s[w, tool]) - median(s["W0", tool])
	return (d > 0.0005 ? d : 0.0005) * full[w] / n[w, tool]
}
FILENAME ~ /counts$/ { order[++count] = $1; what[$1] = $2; must[$1] = $3; stretch[$1] = $4; quick[$1] = $5; next }
{ s[$1, $2] = s[$1, $2] " " $5; full[$1] = $3; n[$1, $2] = $4 }
END {
	m = split(tools, tool, " ")
	printf "| workload | native, s |"
	for (i = 2; i <= m; i++) printf " %s |", tool[i]
	printf " target | to strace-bpf |\n|---|---|"
	for (i = 2; i <= m; i++) printf "---|"
	printf "---|---|\n| start, ms more | |"
	for (i = 2; i <= m; i++) printf " %s |", s["W0", tool[i]] == "" ? "-" : sprintf("%.1f", 1000 * (median(s["W0", tool[i]]) - median(s["W0", "native"])))
	printf " | |\n"
	for (k = 1; k <= count; k++) {
		w = order[k]
		if (s[w, "native"] == "") continue
		base = cost(w, "native")
		printf "| %s %s | %.3f |", w, what[w], base
		for (i = 2; i <= m; i++) printf " %s |", s[w, tool[i]] == "" ? "-" : sprintf("%.2f", cost(w, tool[i]) / base)
		r = s[w, "nanodiag"] == "" ? 0 : cost(w, "nanodiag") / base
		verdict = !r ? "-" : r <= stretch[w] ? "stretch" : r <= must[w] ? "met" : "missed"
		printf " %s (%s / %s) |", verdict, must[w], stretch[w]
		printf " %s |\n", s[w, "strace-bpf"] == "" || !r ? "-" : sprintf("%.3f", cost(w, "nanodiag") / cost(w, "strace-bpf"))
	}
}' "$dir/counts" "$dir/samples"
