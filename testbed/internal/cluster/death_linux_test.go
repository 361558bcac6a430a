package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

func ignoreSigterm() { signal.Ignore(syscall.SIGTERM) }

// supervise starts a process, writes its pid and waits to be killed.
func supervise(file string) {
	binary, err := os.Executable()
	if err != nil {
		panic(err)
	}
	child := component{name: Etcd, command: []string{"/usr/bin/env", fakeComponent + "=run", binary}}
	p, err := startProcess(child, file+".log")
	if err != nil {
		panic(err)
	}
	// Renamed, so that a reader sees all of it or nothing.
	if err := os.WriteFile(file+".new", []byte(strconv.Itoa(p.pid())), 0o600); err != nil {
		panic(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		panic(err)
	}
	select {}
}

func TestChildrenDieWithAKilledSupervisor(t *testing.T) {
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "pid")
	supervisor := exec.Command(binary)
	supervisor.Env = append(os.Environ(), fmt.Sprintf("%s=supervise %s", fakeComponent, file))
	if err := supervisor.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	eventually(t, "the supervisor started its child", func() bool {
		text, err := os.ReadFile(file)
		if err != nil {
			return false
		}
		pid, err = strconv.Atoi(string(text))
		return err == nil
	})

	supervisor.Process.Kill()
	supervisor.Wait()

	eventually(t, "the child is gone", func() bool { return gone(pid) })
}

// gone says whether the process ended; an orphan may stay a zombie when nobody
// waits for it.
func gone(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	var number int
	var name, state string
	fmt.Sscanf(string(text), "%d %s %s", &number, &name, &state)
	return state == "Z" || state == "X"
}
