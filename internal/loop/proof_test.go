package loop

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// QEMU's user network accepts every connection and closes it when the guest refuses:
// a connection counts when it stays open, or says something.
func TestAccepts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		serve func(net.Conn)
		quiet time.Duration
		want  bool
	}{
		{"waits for us", func(net.Conn) {}, 50 * time.Millisecond, true},
		{"greets and goes", func(c net.Conn) { _, _ = c.Write([]byte("220 hello\n")); c.Close() }, time.Minute, true},
		{"closes at once", func(c net.Conn) { c.Close() }, time.Minute, false},
		{"closes at once, natively", func(c net.Conn) { c.Close() }, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			held := make(chan net.Conn, 1)
			go func() {
				conn, err := l.Accept()
				if err == nil {
					held <- conn
					c.serve(conn)
				}
			}()
			if got := accepts(l.Addr().String(), c.quiet); got != c.want {
				t.Errorf("accepts: %v, want %v", got, c.want)
			}
			(<-held).Close()
			l.Close()
			if accepts(l.Addr().String(), c.quiet) {
				t.Error("a closed port accepts")
			}
		})
	}
}

// To what runs under it, a proven run is one whose time limit came.
func TestUntilProven(t *testing.T) {
	t.Parallel()
	text := "starting\n"
	w := &waiter{proof: Proof{Text: "ready"}, console: func() string { return text }}
	if w.done() || w.seen() {
		t.Fatal("proven before it said so")
	}
	text = "starting\nready\n"
	w.next = time.Time{}
	ctx, stop := untilProven(context.Background(), w)
	child, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	<-child.Done()
	stop()
	if err := child.Err(); !errors.Is(err, context.DeadlineExceeded) || !w.seen() {
		t.Errorf("ended with %v, seen %v", err, w.seen())
	}

	parent, end := context.WithCancel(context.Background())
	ctx, stop = untilProven(parent, &waiter{})
	end()
	<-ctx.Done()
	stop()
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("ended with %v", ctx.Err())
	}
}

// The text counts where the program prints it, not in the path of a traced call.
func TestGuestConsole(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "log")
	const trace = "[0.4] en1: assigned 10.0.2.15\n[2] openat(-100, \"/etc/ready\", 0x0, 0x0) = -ENOENT\n"
	if err := os.WriteFile(name, []byte(trace), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &waiter{proof: Proof{Text: "ready"}, console: guestConsole(name, "ready")}
	if w.look(); w.told {
		t.Error("a path counted")
	}
	if err := os.WriteFile(name, []byte(trace+"ready to serve\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if w.look(); !w.told {
		t.Error("the program's own word did not count")
	}
	if !networkUp(name) {
		t.Error("the network is up")
	}
}

// The text may be the last word of a program that ends before the next look.
func TestLastWordProves(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(name, []byte("starting\nready"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &waiter{proof: Proof{Text: "ready"}}
	if w.ended(fileText(name)); !w.seen() {
		t.Error("its last word did not count")
	}
	w = &waiter{proof: Proof{Text: "ready", Port: 80}}
	if w.ended(fileText(name)); w.seen() {
		t.Error("the port was never open")
	}
	w = &waiter{}
	if w.ended(fileText(name)); w.seen() {
		t.Error("nothing was asked for")
	}
}
