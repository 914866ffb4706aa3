// The room `Images`: see Sources/README.md.
