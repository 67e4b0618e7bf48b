#!/bin/bash
set -e
cd "$(dirname "$0")"
rustc -O -o tilepack main.rs 2>&1
