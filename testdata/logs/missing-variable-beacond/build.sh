#!/bin/bash
set -e
cd "$(dirname "$0")"
rustc -O -o beacond main.rs 2>&1
