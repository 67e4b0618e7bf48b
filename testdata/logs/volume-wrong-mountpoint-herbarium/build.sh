#!/bin/bash
set -e
cd "$(dirname "$0")"
rustc -O -o herbarium main.rs 2>&1
