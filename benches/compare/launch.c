/* Runs one command on the CPUs named, and says on a descriptor what it used, as one object of JSON.
 *
 *   launch CPU[,CPU] DESCRIPTOR COMMAND [ARGUMENT…]
 *
 * A process keeps the peak of memory of the one it was forked from until it has more of its own. That of an interpreter
 * would hide those of most commands here; this program has less than 2 MiB. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

int main(int argc, char **argv) {
    if (argc < 4) return 64;
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    for (char *at = strtok(argv[1], ","); at; at = strtok(NULL, ",")) CPU_SET(atoi(at), &cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus)) {
        perror("launch: sched_setaffinity");
        return 71;
    }
    int report = atoi(argv[2]);
    fcntl(report, F_SETFD, FD_CLOEXEC);
    struct timespec begun, ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    pid_t child = fork();
    if (child < 0) return 71;
    if (!child) {
        execvp(argv[3], argv + 3);
        perror(argv[3]);
        _exit(127);
    }
    int status;
    struct rusage used;
    if (wait4(child, &status, 0, &used) != child) return 71;
    clock_gettime(CLOCK_MONOTONIC, &ended);
    double wall = (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9;
    dprintf(report,
            "{\"wall\":%.6f,\"user\":%.6f,\"system\":%.6f,\"rss_kib\":%ld,\"disk_blocks\":%ld,\"exit\":%d,\"signal\":%d}\n",
            wall, seconds(used.ru_utime), seconds(used.ru_stime), used.ru_maxrss, used.ru_inblock,
            WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    return 0;
}
