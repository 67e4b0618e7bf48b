#!/bin/bash
set -e
cd "$(dirname "$0")"
rustc -O -o bibtidy main.rs 2>&1
