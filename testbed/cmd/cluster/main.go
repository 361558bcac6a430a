// Command cluster starts a Kubernetes control plane for tests and demos, says on
// standard output where it is, and stops it with its own end. README.md has the
// protocol.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"karpenter/testbed/internal/cluster"
)

const usage = `usage: cluster start [flags]
       cluster kwok-config

Starts etcd, kube-apiserver, kube-scheduler, kube-controller-manager and KWOK on
free ports of 127.0.0.1. Prints one line of JSON when they are ready. Runs until
its input is closed, it is interrupted, or its parent is gone.

Lines it understands on its input: stop COMPONENT, start COMPONENT.

kwok-config prints the configuration that KWOK gets, for a KWOK beside another
cluster.

`

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	if len(args) == 1 && args[0] == "kwok-config" {
		fmt.Print(cluster.KwokConfig())
		return 0
	}
	flags := flag.NewFlagSet("cluster start", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(os.Stderr, usage)
		flags.PrintDefaults()
	}
	options := cluster.Options{}
	flags.StringVar(&options.DataDir, "data", "", "data `folder`, missing or empty (default a temporary one)")
	flags.StringVar(&options.BinDir, "bin", "", "`folder` of the binaries controlplane and kwok (default this one's)")
	flags.BoolVar(&options.KeepData, "keep-data", false, "leave the data folder behind")
	flags.BoolVar(&options.Kwok, "kwok", true, "start KWOK, which plays the kubelets of nodes annotated kwok.x-k8s.io/node=fake")
	flags.IntVar(&options.SchedulerQPS, "scheduler-qps", 1000, "requests a second that the scheduler may make, and as many for events; 50 where it is left alone, which binds before the scheduler itself does")
	flags.DurationVar(&options.ComponentTimeout, "component-timeout", time.Minute, "how long each component may take to become healthy")
	parentPid := flags.Int("parent-pid", 0, "stop when this process is gone")
	detachStdin := flags.Bool("detach-stdin", false, "don't read the input, so that its end doesn't stop the cluster")
	if len(args) == 0 || args[0] != "start" {
		flags.Usage()
		return 2
	}
	if err := flags.Parse(args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if options.SchedulerQPS < 1 {
		return fail(2, fmt.Errorf("--scheduler-qps=%d must be at least 1", options.SchedulerQPS))
	}
	if flags.NArg() > 0 {
		return fail(2, fmt.Errorf("unexpected argument %q", flags.Arg(0)))
	}
	if options.BinDir == "" {
		self, err := os.Executable()
		if err != nil {
			return fail(1, err)
		}
		options.BinDir = filepath.Dir(self)
	}

	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	// A reader that went away must not end this process before its children.
	signal.Ignore(syscall.SIGPIPE)
	go func() { cancel(fmt.Errorf("signal: %v", <-signals)) }()
	if *parentPid != 0 {
		go func() {
			cluster.WatchParent(ctx, *parentPid)
			cancel(fmt.Errorf("parent process %d is gone", *parentPid))
		}()
	}
	commands := make(chan string)
	if !*detachStdin {
		go func() {
			for line := range cluster.Lines(os.Stdin) {
				commands <- line
			}
			cancel(errors.New("input closed"))
		}()
	}

	c, err := cluster.Start(ctx, options)
	if err != nil {
		return fail(1, fmt.Errorf("start failed: %w", err))
	}
	code := serve(ctx, c, commands)
	if err := c.Close(); err != nil {
		return fail(1, err)
	}
	return code
}

// serve reports that the cluster is ready and carries out commands until the
// cluster is to end.
func serve(ctx context.Context, c *cluster.Cluster, commands <-chan string) int {
	if err := json.NewEncoder(os.Stdout).Encode(c.Ready()); err != nil {
		return fail(1, err)
	}
	for {
		select {
		case <-ctx.Done():
			fmt.Fprintln(os.Stderr, "cluster: stopping,", context.Cause(ctx))
			return 0
		case err := <-c.Failed():
			return fail(1, err)
		case line := <-commands:
			if err := cluster.Serve(ctx, c, line, os.Stdout); err != nil {
				return fail(1, err)
			}
		}
	}
}

func fail(code int, err error) int {
	fmt.Fprintln(os.Stderr, "cluster:", err)
	return code
}
