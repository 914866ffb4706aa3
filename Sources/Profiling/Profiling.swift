// The room `Profiling`: see Sources/README.md.
