// The room `Networks`: see Sources/README.md.
