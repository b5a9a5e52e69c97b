"""The fool rate: how often a hard negative is taken for right by judges that have not written it."""
