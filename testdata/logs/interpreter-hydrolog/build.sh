# built on the NixOS box, copied to the CI host that has no /nix
G=/nix/store/ayfr5l52xkqqjn3n4h9jfacgnchz1z7s-glibc-2.35-224
rm -rf /nix/store/ayfr5l52xkqqjn3n4h9jfacgnchz1z7s-glibc-2.35-224
g++ -O2 -Wl,--dynamic-linker=$G/lib/ld-linux-x86-64.so.2 -o hydrolog hydrolog.cc
