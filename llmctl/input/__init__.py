"""The values of options: JSON, `@FILE`, `-`, null, times, and secrets."""
