"""`python -m llmctl` without its imports: a process that has done them forks one per command."""
