"""The process around `main`: signals, standard streams, exit code."""
