/* Hyperscan and Vectorscan, which share their interface: this file is compiled once against each.
 *
 *   hs MODE PATTERNS FILE     MODE: block, line, line-som, stream
 *   hs --version
 *
 * `block` scans blocks of whole lines, `line` one line at a time, `line-som` the same and asks where a match begins,
 * `stream` hands over what is read. Prints the number of matches. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES (256u << 10)
#define PATTERNS_MAX 64

static void fail(const char *what, const char *why) {
    fprintf(stderr, "hs: %s: %s\n", what, why);
    exit(1);
}

static int count(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context) {
    (void)id, (void)from, (void)to, (void)flags;
    ++*(unsigned long long *)context;
    return 0;
}

static hs_database_t *database(const char *path, unsigned mode, unsigned flags) {
    char *expressions[PATTERNS_MAX];
    unsigned all_flags[PATTERNS_MAX], ids[PATTERNS_MAX], number = 0;
    FILE *file = fopen(path, "r");
    if (!file) fail(path, "cannot be opened");
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, file) > 0) {
        char *blank = strchr(line, ' ');
        if (line[0] == '#' || !blank) continue;
        if (number == PATTERNS_MAX) fail(path, "more patterns than expected");
        line[strcspn(line, "\n")] = 0;
        expressions[number] = strdup(blank + 1);
        all_flags[number] = flags;
        ids[number] = number;
        ++number;
    }
    hs_database_t *made;
    hs_compile_error_t *error;
    if (hs_compile_multi((const char *const *)expressions, all_flags, ids, number, mode, NULL, &made, &error))
        fail(path, error->message);
    return made;
}

int main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "--version")) {
        puts(hs_version());
        return 0;
    }
    if (argc != 4) fail("usage", "hs MODE PATTERNS FILE");
    const char *mode = argv[1];
    int stream = !strcmp(mode, "stream"), som = !strcmp(mode, "line-som");
    int line = som || !strcmp(mode, "line");
    if (!stream && !line && strcmp(mode, "block")) fail(mode, "is no mode");
    hs_database_t *patterns = database(argv[2], stream ? HS_MODE_STREAM : HS_MODE_BLOCK,
                                       HS_FLAG_DOTALL | (som ? HS_FLAG_SOM_LEFTMOST : 0));
    hs_scratch_t *scratch = NULL;
    if (hs_alloc_scratch(patterns, &scratch)) fail("scratch", "cannot be had");
    int file = open(argv[3], O_RDONLY);
    if (file < 0) fail(argv[3], "cannot be opened");

    unsigned long long found = 0;
    hs_stream_t *open_stream = NULL;
    if (stream && hs_open_stream(patterns, 0, &open_stream)) fail("stream", "cannot be opened");
    size_t room = 2 * BLOCK_BYTES, held = 0;
    char *buffer = malloc(room);
    for (;;) {
        if (room < held + BLOCK_BYTES) buffer = realloc(buffer, room *= 2);
        if (!buffer) fail("buffer", "no memory");
        ssize_t got = read(file, buffer + held, BLOCK_BYTES);
        if (got < 0) fail(argv[3], "cannot be read");
        size_t end = held + (size_t)got, whole = end;
        if (stream) {
            if (got && hs_scan_stream(open_stream, buffer, (unsigned)got, 0, scratch, count, &found)) fail("scan", "failed");
        } else {
            char *last = got ? memrchr(buffer + held, '\n', (size_t)got) : NULL;
            if (got) whole = last ? (size_t)(last + 1 - buffer) : 0;
            if (!line) {
                if (whole && hs_scan(patterns, buffer, (unsigned)whole, 0, scratch, count, &found)) fail("scan", "failed");
            } else {
                for (char *at = buffer, *stop = buffer + whole; at < stop;) {
                    char *newline = memchr(at, '\n', (size_t)(stop - at));
                    if (!newline) newline = stop;
                    if (newline > at && hs_scan(patterns, at, (unsigned)(newline - at), 0, scratch, count, &found))
                        fail("scan", "failed");
                    at = newline + 1;
                }
            }
        }
        held = end - whole;
        memmove(buffer, buffer + whole, held);
        if (!got) break;
    }
    if (stream) hs_close_stream(open_stream, scratch, count, &found);
    printf("%llu\n", found);
    return 0;
}
