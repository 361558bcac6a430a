// Command oracle answers what kube-scheduler would say about pods and nodes that
// it is given, without a server: it is kube-scheduler's own code, with its
// default plugins, on objects in memory. README.md has the protocol.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/klog/v2"
)

const usage = `usage: oracle [flags]

Reads cases, one line of JSON each, and answers each with one line, in the same
order. Ends when its input does.

`

// ownFeatureGates make an answer depend on the case alone: preemption is done
// when the cycle is, and no result of an earlier cycle is reused while it is
// younger than half a second, which is a shortcut that is to change nothing.
const ownFeatureGates = "SchedulerAsyncPreemption=false,OpportunisticBatching=false"

// gcPercent suits many short cases: a sixth less CPU than with Go's 100. What a
// case leaves behind lives for a second, so more would take hundreds of megabytes.
const gcPercent = 200

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout))
}

func run(args []string, in io.Reader, out io.Writer) int {
	flags := flag.NewFlagSet("oracle", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(os.Stderr, usage)
		flags.PrintDefaults()
	}
	workers := flags.Int("workers", 1, "how many cases to work on at a time")
	featureGates := flags.String("feature-gates", "", "`gates` to set otherwise, as kube-scheduler's flag does: A=true,B=false")
	verbosity := flags.Int("v", 0, "how much the scheduler logs on standard error; nothing but errors at 0")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if flags.NArg() > 0 {
		return fail(2, fmt.Errorf("unexpected argument %q", flags.Arg(0)))
	}
	for _, gates := range []string{ownFeatureGates, *featureGates} {
		if err := utilfeature.DefaultMutableFeatureGate.Set(gates); err != nil {
			return fail(2, err)
		}
	}
	log(*verbosity)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if err := serve(in, out, max(1, *workers)); err != nil {
		return fail(1, err)
	}
	return 0
}

// log keeps what the scheduler only mentions out of standard error.
func log(verbosity int) {
	flags := flag.NewFlagSet("klog", flag.PanicOnError)
	klog.InitFlags(flags)
	flags.Set("v", fmt.Sprint(verbosity))
	flags.Set("logtostderr", "false")
	flags.Set("one_output", "true")
	mentions := io.Writer(os.Stderr)
	if verbosity == 0 {
		mentions = io.Discard
	}
	klog.SetOutputBySeverity("INFO", mentions)
	klog.SetOutputBySeverity("WARNING", mentions)
	klog.SetOutputBySeverity("ERROR", os.Stderr)
	klog.SetOutputBySeverity("FATAL", os.Stderr)
}

func fail(code int, err error) int {
	fmt.Fprintln(os.Stderr, "oracle:", err)
	return code
}
