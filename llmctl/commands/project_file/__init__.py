"""A project's configuration as one file: `export`, `diff`, `apply`, `schema`."""
