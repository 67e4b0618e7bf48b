#!/bin/bash
set -e
cd "$(dirname "$0")"
rustc -O -o texwatch main.rs 2>&1
