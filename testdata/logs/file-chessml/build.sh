#!/bin/bash
set -e
cd "$(dirname "$0")"
ocamlopt -o chessml chess.ml 2>&1
