//! Logs that are rotated, compressed and copied while nobody reads; endless lines, many files, long backlogs, encodings.
