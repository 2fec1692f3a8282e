"""The client: requests in one project, pages, the prefix of the paths, and reading back.

Importing this loads no HTTP library; `llmctl.api.client` does.
"""
