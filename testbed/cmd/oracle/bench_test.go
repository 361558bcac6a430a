package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// cluster has pods of ten apps of different sizes; every third one spreads over
// three zones.
func cluster(nodes, pods int) string {
	var allNodes, allPods []string
	for i := range nodes {
		allNodes = append(allNodes, fmt.Sprintf(`{"metadata":{"name":"n%d","labels":{"kubernetes.io/hostname":"n%d","topology.kubernetes.io/zone":"z%d",
			"node.kubernetes.io/instance-type":"m5.2xlarge","karpenter.sh/nodepool":"default"}},
			"status":{"allocatable":{"cpu":"8","memory":"32Gi","pods":"110"}}}`, i, i, i%3))
	}
	for i := range pods {
		more := ""
		if i%3 == 0 {
			more = fmt.Sprintf(`"topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone",
				"whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"a%d"}}}]`, i%10)
		}
		allPods = append(allPods, fmt.Sprintf(`{"metadata":{"name":"p%d","labels":{"app":"a%d"}},"spec":%s}`,
			i, i%10, spec(fmt.Sprintf("%dm", 100+i*137%900), more)))
	}
	return `"nodes":` + list(allNodes...) + `,"pods":` + list(allPods...)
}

func asks(pods int, node func(int) string) string {
	var all []string
	for i := range pods {
		all = append(all, fmt.Sprintf(`{"pod":%d%s}`, i, node(i)))
	}
	return `"ask":` + list(all...)
}

// benchmark answers a case again and again. The rate is that of one CPU: the clock
// would measure what else the machine does.
func benchmark(b *testing.B, text string, count int, unit string) {
	b.Helper()
	before := cpuSeconds()
	line := []byte(strings.ReplaceAll(strings.ReplaceAll(text, "\n", ""), "\t", ""))
	for b.Loop() {
		if answer := answerLine(line); strings.Contains(string(answer[:min(100, len(answer))]), `"error"`) {
			b.Fatalf("%s", answer)
		}
	}
	b.ReportMetric(float64(b.N*count)/(cpuSeconds()-before), unit+"/cpu-s")
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func BenchmarkCase(b *testing.B) { benchmark(b, `{"id":1}`, 1, "cases") }

var sizes = []struct{ nodes, pods int }{{10, 10}, {100, 100}, {1000, 100}}

func BenchmarkFilter(b *testing.B) {
	for _, size := range sizes {
		text := cluster(size.nodes, size.pods) + `,` + asks(size.pods, func(int) string { return "" })
		for name, more := range map[string]string{"": "", "/passesOnly": `,"passesOnly":true`, "/every": `,"every":true`} {
			b.Run(fmt.Sprintf("%dx%d%s", size.nodes, size.pods, name), func(b *testing.B) {
				benchmark(b, `{"id":1,`+text+more+`}`, size.nodes*size.pods, "filters")
			})
		}
	}
}

func BenchmarkSequence(b *testing.B) {
	for _, size := range []struct{ nodes, pods int }{{10, 100}, {100, 1000}, {500, 5000}} {
		b.Run(fmt.Sprintf("%dx%d", size.nodes, size.pods), func(b *testing.B) {
			node := func(i int) string { return fmt.Sprintf(`,"node":"n%d"`, i%size.nodes) }
			benchmark(b, `{"id":1,"mode":"sequence",`+cluster(size.nodes, size.pods)+`,`+asks(size.pods, node)+`}`, size.pods, "pods")
		})
	}
}

func BenchmarkSchedule(b *testing.B) {
	for _, size := range []struct{ nodes, pods int }{{10, 100}, {100, 1000}, {500, 5000}} {
		b.Run(fmt.Sprintf("%dx%d", size.nodes, size.pods), func(b *testing.B) {
			benchmark(b, `{"id":1,"mode":"schedule",`+cluster(size.nodes, size.pods)+`}`, size.pods, "pods")
		})
	}
}
