package cluster

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// process is a started component.
type process struct {
	component component
	command   *exec.Cmd
	logFile   string
	// stopping is set before the process is asked to end: its end is no failure.
	stopping atomic.Bool
	// exited is closed after the process ended and was waited for.
	exited chan struct{}
	// waitErr is valid after exited was closed.
	waitErr error
}

// startProcess starts the component with its output appended to logFile.
func startProcess(c component, logFile string) (*process, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own descriptor
	command := exec.Command(c.command[0], c.command[1:]...)
	command.Stdout = log
	command.Stderr = log
	command.SysProcAttr = childAttributes()
	command.Dir = filepath.Dir(logFile)
	command.Env = childEnvironment(command.Dir)
	if err := spawn(command); err != nil {
		return nil, err
	}
	p := &process{component: c, command: command, logFile: logFile, exited: make(chan struct{})}
	go func() {
		p.waitErr = command.Wait()
		close(p.exited)
	}()
	return p, nil
}

// childEnvironment is what the components need and no more: etcd takes any flag
// from ETCD_* variables, addresses to listen on among them, and KWOK reads a
// configuration from the home folder.
func childEnvironment(home string) []string {
	environment := []string{"HOME=" + home}
	for _, name := range []string{"PATH", "TMPDIR", "TZ", "GOGC", "GOMEMLIMIT", "GOMAXPROCS", "GODEBUG", "GOTRACEBACK"} {
		if value, found := os.LookupEnv(name); found {
			environment = append(environment, name+"="+value)
		}
	}
	return environment
}

func (p *process) pid() int { return p.command.Process.Pid }

func (p *process) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// stop asks the process to end and forces it after the grace period. It returns
// when the process is gone.
func (p *process) stop(grace time.Duration) {
	p.stopping.Store(true)
	p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
		return
	case <-time.After(grace):
	}
	p.command.Process.Kill()
	<-p.exited
}

// exitText says how the process ended, for messages.
func (p *process) exitText() string {
	if p.waitErr == nil {
		return "exited with status 0"
	}
	return p.waitErr.Error()
}

// failure describes why the process is of no use, with the end of its log.
func (p *process) failure(reason string) *ComponentError {
	return &ComponentError{Component: p.component.name, Reason: reason, LogTail: tail(p.logFile, 15)}
}

// ComponentError says which component failed, how, and what it said last.
type ComponentError struct {
	Component, Reason, LogTail string
}

func (e *ComponentError) Error() string {
	if e.LogTail == "" {
		return fmt.Sprintf("%s %s; its log is empty", e.Component, e.Reason)
	}
	return fmt.Sprintf("%s %s; its log ends with:\n%s", e.Component, e.Reason, e.LogTail)
}

// portTaken says whether another process took a port between our look and the
// component's bind.
func (e *ComponentError) portTaken() bool {
	return strings.Contains(e.LogTail, "address already in use")
}

// tail returns the last lines of a file, indented, without reading all of it.
func tail(file string, lines int) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	const most = 16 << 10
	if size, err := f.Seek(0, io.SeekEnd); err == nil {
		f.Seek(max(0, size-most), io.SeekStart)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return ""
	}
	all := strings.Split(string(bytes.TrimSpace(text)), "\n")
	all = all[max(0, len(all)-lines):]
	if len(all) == 1 && all[0] == "" {
		return ""
	}
	return "  " + strings.Join(all, "\n  ")
}

type spawnRequest struct {
	command *exec.Cmd
	done    chan error
}

var spawner = sync.OnceValue(func() chan<- spawnRequest {
	requests := make(chan spawnRequest)
	go func() {
		runtime.LockOSThread()
		for request := range requests {
			request.done <- request.command.Start()
		}
	}()
	return requests
})

// spawn starts the command from one thread that lives as long as this process:
// Linux sends a child its parent-death signal when the thread that started it
// ends, and Go ends threads as it sees fit.
func spawn(command *exec.Cmd) error {
	done := make(chan error)
	spawner() <- spawnRequest{command, done}
	return <-done
}
