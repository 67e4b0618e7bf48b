#!/bin/bash
set -e
cd "$(dirname "$0")"
rustc -O -o raytile main.rs 2>&1
