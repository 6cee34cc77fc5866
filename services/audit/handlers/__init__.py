"""The use cases, one plain async function each."""
