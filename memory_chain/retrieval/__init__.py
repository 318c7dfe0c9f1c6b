"""Finding again: query, ranking, fusion, context."""
