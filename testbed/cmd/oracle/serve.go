package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

// serve answers each line of in by a line of out until in ends. Several workers
// answer several lines at a time, and their answers keep the order of the lines.
func serve(in io.Reader, out io.Writer, workers int) error {
	type job struct {
		line   []byte
		answer chan []byte
	}
	jobs := make(chan job)
	inOrder := make(chan job, workers)
	for range workers {
		go func() {
			for j := range jobs {
				j.answer <- answerLine(j.line)
			}
		}()
	}
	var readError error
	go func() {
		defer close(inOrder)
		defer close(jobs)
		reader := bufio.NewReaderSize(in, 1<<20)
		for {
			line, err := reader.ReadBytes('\n')
			if len(bytes.TrimSpace(line)) > 0 {
				j := job{line: line, answer: make(chan []byte, 1)}
				inOrder <- j
				jobs <- j
			}
			if err != nil {
				if !errors.Is(err, io.EOF) {
					readError = err
				}
				return
			}
		}
	}()
	for j := range inOrder {
		if _, err := out.Write(<-j.answer); err != nil {
			return err
		}
	}
	return readError
}

func answerLine(line []byte) []byte {
	text := &bytes.Buffer{}
	encoder := json.NewEncoder(text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answer(line)); err != nil {
		panic(err) // an answer is made of strings and numbers
	}
	return text.Bytes()
}

// answer does not fail: what is wrong with a case is its answer.
func answer(line []byte) (answer Answer) {
	c, err := readCase(line)
	defer func() {
		if cause := recover(); cause != nil {
			fmt.Fprintf(os.Stderr, "oracle: %v\n%s", cause, debug.Stack())
			answer = Answer{Error: fmt.Sprintf("the scheduler panicked: %v", cause)}
		}
		answer.ID = c.ID
		if answer.ID == nil {
			answer.ID = json.RawMessage("null")
		}
	}()
	if err == nil {
		answer, err = decide(c)
	}
	if err != nil {
		return Answer{Error: err.Error()}
	}
	return answer
}

func decide(c *Case) (answer Answer, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := setDefaults(c); err != nil {
		return answer, err
	}
	profiles, err := profilesFor(c)
	if err != nil {
		return answer, err
	}
	w, err := newWorld(ctx, c, profiles...)
	if err != nil {
		return answer, err
	}
	switch c.Mode {
	case modeSequence:
		answer.Steps, err = w.sequence(c)
	case modeSchedule:
		answer.Schedule, err = w.schedule(c)
	default:
		answer.Pods, err = w.filter(c)
	}
	return answer, err
}
