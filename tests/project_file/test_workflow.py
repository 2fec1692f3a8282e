"""The GitHub Actions workflow of the topic as-code, and its example file, run in the sandbox."""
