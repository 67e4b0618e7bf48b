#!/bin/sh
# Builds the programs in src and records their crashes on the real kernel, into recorded.
# Needs ops, QEMU, gcc and g++. The programs are kept beside the logs: an address in a log
# means something only together with the very file that ran.
set -e
cd "$(dirname "$0")"
src=$PWD/src out=$PWD/recorded
rm -rf "$out"; mkdir -p "$out/plugins"
cflags="-O1 -g -w -Wl,-z,noseparate-code -ffile-prefix-map=$PWD=."
gcc $cflags -shared -fPIC -o "$out/plugins/libcrash.so" "$src/libcrash.c"
for f in "$src"/*.c; do
	n=$(basename "$f" .c)
	case $n in
	libcrash) continue ;;
	inlib) gcc $cflags -o "$out/$n" "$f" -L"$out/plugins" -lcrash '-Wl,-rpath,$ORIGIN/plugins' ;;
	*) gcc $cflags -o "$out/$n" "$f" -lpthread ;;
	esac
done
g++ $cflags -o "$out/template" "$src/template.cpp"
gcc $cflags -no-pie -o "$out/fixed" "$src/nullfield.c"
cd "$out"
head -c 100 /dev/zero >data.bin
base='"Dirs":["plugins"],"Files":["data.bin"]'
echo "{$base}" >plain.json
echo "{$base,\"ManifestPassthrough\":{\"noaslr\":\"t\"}}" >noaslr.json
echo "{$base,\"ManifestPassthrough\":{\"ingest_program_symbols\":\"t\"}}" >symbols.json
echo "{$base,\"ManifestPassthrough\":{\"trace\":\"t\",\"debugsyscalls\":\"t\"}}" >old.json
record() { # log program config arguments
	log=$1 program=$2 config=$3; shift 3
	timeout 60 ops run "./$program" -c "$config.json" -i "symbolize-$log" "$@" </dev/null 2>&1 |
		sed "s|$HOME|/home/user|g" >"$log.log"
}
for p in *; do
	case $p in *.*|plugins) continue ;; esac
	record "$p" "$p" plain --trace
done
record plugin-console plugin plain
record nullfield-console nullfield plain
record plugin-noaslr plugin noaslr
record nullfield-symbols nullfield symbols
for p in plugin unloaded nullcall; do
	record "$p-old" "$p" old --nanos-version 0.1.50
done
rm -f *.json
