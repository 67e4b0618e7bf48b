#!/bin/bash
set -e
cd "$(dirname "$0")"
rustc -O -o invoiced main.rs 2>&1
