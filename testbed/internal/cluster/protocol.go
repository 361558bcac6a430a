package cluster

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Lines sends each line of the reader and closes the channel at its end.
func Lines(reader io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(reader)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
	}()
	return lines
}

// Controlled is what the line protocol steers: a Cluster.
type Controlled interface {
	StopComponent(name string) error
	StartComponent(ctx context.Context, name string) (pid int, err error)
}

// Serve carries out one line, "stop COMPONENT" or "start COMPONENT", and writes
// one line of JSON when it is done. It returns an error only when the answer
// could not be written.
func Serve(ctx context.Context, c Controlled, line string, answers io.Writer) error {
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return nil
	}
	return json.NewEncoder(answers).Encode(carryOut(ctx, c, line, fields))
}

func carryOut(ctx context.Context, c Controlled, line string, fields []string) map[string]any {
	if len(fields) != 2 || (fields[0] != "stop" && fields[0] != "start") {
		return map[string]any{"error": fmt.Sprintf("%q is not understood, there are: stop COMPONENT, start COMPONENT", line)}
	}
	begin := time.Now()
	name := fields[1]
	answer := map[string]any{}
	var err error
	if fields[0] == "stop" {
		answer["stopped"] = name
		err = c.StopComponent(name)
	} else {
		answer["started"] = name
		answer["pid"], err = c.StartComponent(ctx, name)
	}
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	answer["seconds"] = float64(time.Since(begin).Milliseconds()) / 1000
	return answer
}
