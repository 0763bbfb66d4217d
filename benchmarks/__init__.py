"""Side-by-side measurements: ``python -m benchmarks NAME``. See README.md in this folder."""
