package cluster

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// parentPoll is how often WatchParent looks.
const parentPoll = 500 * time.Millisecond

// WatchParent returns when the process pid is gone, or with the context.
//
// A direct parent is watched by this process being handed to another parent,
// which also works while the dead parent is still a zombie or its pid is taken
// again.
func WatchParent(ctx context.Context, pid int) {
	watchParent(ctx, pid, parentPoll)
}

func watchParent(ctx context.Context, pid int, poll time.Duration) {
	direct := os.Getppid() == pid
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		if direct && os.Getppid() != pid {
			return
		}
		if !direct && !alive(pid) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// alive says whether a process with this pid exists, another user's included.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
