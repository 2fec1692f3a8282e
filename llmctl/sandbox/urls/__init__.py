"""The routes, one module per generation, and the responses to requests without a view."""
