#!/bin/bash
set -e
cd "$(dirname "$0")"
rustc -O -o loadshed main.rs 2>&1
