"""The pages of a region: what citizens, checkpoints and officers touch."""
