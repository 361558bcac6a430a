//go:build unix && !linux

package cluster

import "syscall"

// childAttributes: other systems know no parent-death signal, so there a
// supervisor that is killed by force leaves its children behind.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
