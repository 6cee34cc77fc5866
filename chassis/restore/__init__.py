"""After a restore from backups of different moments: say what does not fit, and make it fit; docs/restore.md."""
