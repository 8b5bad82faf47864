//! What the store does when the disk is full, the database is damaged, the clock jumps, or another daemon runs.
