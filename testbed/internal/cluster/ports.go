package cluster

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
)

const loopback = "127.0.0.1"

// Ports below the kernel's range for outgoing connections: nobody's client
// socket can take the API server's port while a test keeps the server away.
const (
	lowestPort      = 20000
	defaultHighPort = 32768
)

// freePorts returns n different TCP ports nobody listens on. Another process may
// still take one before its owner binds it: Start tries again then.
func freePorts(n int) ([]int, error) {
	return freePortsBetween(lowestPort, firstEphemeralPort(), n)
}

func freePortsBetween(low, high, n int) ([]int, error) {
	if high-low < n {
		return nil, fmt.Errorf("%d ports asked, the range %d-%d is too small", n, low, high)
	}
	var ports []int
	// Held until all are found, so that no port is found twice.
	var held []net.Listener
	defer func() {
		for _, listener := range held {
			listener.Close()
		}
	}()
	for tries := 0; len(ports) < n; tries++ {
		if tries > 50*n {
			return nil, errors.New("no free TCP ports between " +
				strconv.Itoa(low) + " and " + strconv.Itoa(high))
		}
		port := low + rand.IntN(high-low)
		listener, err := net.Listen("tcp4", address(port))
		if err != nil {
			continue
		}
		held = append(held, listener)
		ports = append(ports, port)
	}
	return ports, nil
}

// firstEphemeralPort reads where the range of outgoing connections begins.
func firstEphemeralPort() int {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return defaultHighPort
	}
	fields := strings.Fields(string(text))
	if len(fields) == 0 {
		return defaultHighPort
	}
	first, err := strconv.Atoi(fields[0])
	if err != nil || first < lowestPort+1000 {
		return defaultHighPort
	}
	return first
}

func address(port int) string {
	return net.JoinHostPort(loopback, strconv.Itoa(port))
}
