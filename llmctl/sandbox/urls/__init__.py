"""The routes, one module per generation, and the responses to what has no view."""
