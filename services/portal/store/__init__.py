"""The database, the folder of the pages, and what lies outside."""
