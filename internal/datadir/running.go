package datadir

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
)

// RunFile is the name of the file in the data folder in which the running
// process says where it listens.
const RunFile = "run.json"

// OTLPEndpoint is what an app on this machine is told so that its OTLP goes to
// the process that runs on a data folder, such as http://127.0.0.1:4318, and
// the protocol that goes with it. Both are "" where none takes OTLP.
func OTLPEndpoint(dir string) (url, protocol string) {
	b, err := os.ReadFile(filepath.Join(dir, RunFile))
	if err != nil {
		return "", ""
	}
	var at struct {
		GRPC string `json:"otlp_grpc"`
		HTTP string `json:"otlp_http"`
	}
	if json.Unmarshal(b, &at) != nil {
		return "", ""
	}
	switch {
	case at.HTTP != "":
		return "http://" + reachable(at.HTTP), "http/protobuf"
	case at.GRPC != "":
		return "http://" + reachable(at.GRPC), "grpc"
	}
	return "", ""
}

// reachable is an address that can be connected to: one that listens on every
// address of the machine does on its loopback.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
