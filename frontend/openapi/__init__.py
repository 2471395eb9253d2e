"""One declaration of all addresses, and the OpenAPI document and the page that are made from it."""
