/* See the header. One pass over the list of numbers for each call; the program is built once and handed to the kernel. */
#include "worker/runtime/seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define X32_BIT 0x40000000u /* calls of another size on x86-64, with numbers of their own */

#ifdef ARCHITECTURE

static const unsigned forbidden[] = {
/* other programs and processes */
#ifndef WORKER_SANITIZED /* a sanitizer looks for leaks from a process of its own */
    SYS_ptrace,
#endif
    SYS_execve,
    SYS_execveat,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
    SYS_kcmp,
#ifdef SYS_fork
    SYS_fork,
    SYS_vfork,
#endif
    /* other views of the system */
    SYS_unshare,
    SYS_setns,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_open_by_handle_at,
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsmount,
    SYS_mount_setattr,
    /* the kernel itself */
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_syslog,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_sethostname,
    SYS_setdomainname,
    /* its keys */
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
};
enum { FORBIDDEN = sizeof forbidden / sizeof forbidden[0], INSTRUCTIONS_MAX = 16 + 2 * FORBIDDEN };

#define LOAD(field) (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define JUMP(how, value, yes, no) (struct sock_filter) BPF_JUMP(BPF_JMP | (how) | BPF_K, value, yes, no)
#define RETURN(value) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, value)
#define REFUSE(error) RETURN(SECCOMP_RET_ERRNO | (error))

/* Threads are clones too. Arguments behind a pointer cannot be looked at, so clone3 is said to be missing. */
static size_t write_clones(struct sock_filter *program)
{
    size_t count = 0;
#ifdef WORKER_SANITIZED
    (void)program;
#else
    program[count++] = JUMP(BPF_JEQ, SYS_clone3, 0, 1);
    program[count++] = REFUSE(ENOSYS);
    program[count++] = JUMP(BPF_JEQ, SYS_clone, 0, 4);
    program[count++] = LOAD(args[0]); /* the lower half: both kinds of machine are little-endian */
    program[count++] = JUMP(BPF_JSET, CLONE_THREAD, 0, 1);
    program[count++] = RETURN(SECCOMP_RET_ALLOW);
    program[count++] = REFUSE(EPERM);
#endif
    return count;
}

static size_t write_program(struct sock_filter *program)
{
    size_t count = 0;
    program[count++] = LOAD(arch);
    program[count++] = JUMP(BPF_JEQ, ARCHITECTURE, 1, 0);
    program[count++] = REFUSE(EPERM);
    program[count++] = LOAD(nr);
    program[count++] = JUMP(BPF_JGE, X32_BIT, 0, 1);
    program[count++] = REFUSE(EPERM);
    count += write_clones(program + count);
    for (size_t i = 0; i < FORBIDDEN; i++) {
        program[count++] = JUMP(BPF_JEQ, forbidden[i], 0, 1);
        program[count++] = REFUSE(EPERM);
    }
    program[count++] = RETURN(SECCOMP_RET_ALLOW);
    return count;
}

int worker_seccomp(void)
{
    struct sock_filter filter[INSTRUCTIONS_MAX];
    const struct sock_fprog program = {.len = (unsigned short)write_program(filter), .filter = filter};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
        return 0;
    return errno == EINVAL || errno == ENOSYS ? SECCOMP_ABSENT : -errno;
}

#else

int worker_seccomp(void) { return SECCOMP_ABSENT; }

#endif
