package cluster

import "syscall"

// childAttributes: the kernel kills the child when this process dies however it
// dies, and a Ctrl-C in the terminal reaches this process only, which then stops
// the children in order.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
