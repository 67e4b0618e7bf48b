#!/bin/bash
set -e
cd "$(dirname "$0")"
ocamlopt -o treefold treefold.ml 2>&1
