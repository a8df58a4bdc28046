// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/net/dns/dnsmessage"
)

// Addresses of the sealed machine that is the node.
const (
	NodeAddress     = "10.88.0.1"
	MetadataAddress = "100.100.100.200" // where Alibaba Cloud's machines find their metadata service
	podCIDR         = "10.99.0.0/24"
)

// configureNetwork gives the machine its addresses, and lets it forward what pods send.
func configureNetwork(ctx context.Context) error {
	for _, command := range []string{
		"link set lo up",
		// A bridge without ports stands for the network card.
		"link add node0 type bridge",
		"addr add " + NodeAddress + "/24 dev node0",
		"addr add " + MetadataAddress + "/32 dev node0",
		"link set node0 up",
		"route add default dev node0",
	} {
		if out, err := exec.CommandContext(ctx, "ip", strings.Fields(command)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", command, err, out)
		}
	}
	for _, setting := range []string{"ipv4/ip_forward", "bridge/bridge-nf-call-iptables"} {
		if err := os.WriteFile(filepath.Join("/proc/sys/net", setting), []byte("1"), 0); err != nil {
			return err
		}
	}
	return nil
}

// serveNames answers questions about host names for the machine and its pods: a name that isHere is at the node's address, there
// is no other. The server ends with ctx.
func serveNames(ctx context.Context, dir string, isHere func(host string) bool) error {
	file := filepath.Join(dir, "resolv.conf")
	if err := os.WriteFile(file, []byte("nameserver "+NodeAddress+"\n"), 0o644); err != nil {
		return err
	}
	if err := syscall.Mount(file, "/etc/resolv.conf", "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("the machine's /etc/resolv.conf: %w", err)
	}
	socket, err := net.ListenPacket("udp4", net.JoinHostPort(NodeAddress, "53"))
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = socket.Close() })
	go func() {
		buffer := make([]byte, 1500)
		for {
			count, from, err := socket.ReadFrom(buffer)
			if err != nil {
				return // closed
			}
			if answer, err := answerName(buffer[:count], isHere); err == nil {
				_, _ = socket.WriteTo(answer, from)
			}
		}
	}()
	return nil
}

func answerName(query []byte, isHere func(host string) bool) ([]byte, error) {
	var message dnsmessage.Message
	if err := message.Unpack(query); err != nil {
		return nil, err
	}
	message.Response, message.RecursionAvailable = true, true
	message.Additionals, message.Answers = nil, nil
	message.RCode = dnsmessage.RCodeNameError
	for _, question := range message.Questions {
		if !isHere(strings.ToLower(strings.TrimSuffix(question.Name.String(), "."))) {
			continue
		}
		message.RCode = dnsmessage.RCodeSuccess
		if question.Type == dnsmessage.TypeA {
			message.Answers = append(message.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: question.Name, Type: question.Type, Class: question.Class, TTL: 5},
				Body:   &dnsmessage.AResource{A: [4]byte(net.ParseIP(NodeAddress).To4())},
			})
		}
	}
	return message.Pack()
}
