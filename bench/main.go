// Command bench measures migtop as users run it: whole processes, in a real
// pseudo-terminal if needed, with the accounting of the operating system.
//
//	go run ./bench frame  [-n 9] [-until TEXT] -- bin/migtop demo
//	go run ./bench run    [-n 5] -- bin/migtop snapshot --demo -o json
//	go run ./bench steady [-warm 20s] [-for 60s] -- bin/migtop
//	go run ./bench key    [-n 30] [-until TEXT] [-open KEYS] -- bin/migtop demo
//	go run ./bench fleet  [-n 3] [-functions 5000] -- bin/migtop snapshot -o json
//
// frame measures the time from exec to the first frame that shows TEXT. run measures
// the wall time, CPU time and peak memory of a command. steady measures the resident
// memory and CPU share of a program without input. key measures the time from a key to
// the first bytes of output. fleet does what run does for a command that reads a large
// AWS account on loopback. Each prints the minimum, the median and the maximum.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	n          int
	functions  int
	until      string
	open       string
	warm, long time.Duration
	rows, cols uint16
	command    []string
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("want frame, run, steady, key or fleet; see the comment on top of bench/main.go")
	}
	var o options
	var size string
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.IntVar(&o.n, "n", 5, "counted runs")
	flags.IntVar(&o.functions, "functions", 5000, "functions of the account")
	flags.StringVar(&o.until, "until", "Lambda", "text that the frame must show")
	flags.StringVar(&o.open, "open", "2", "keys that open the screen on which keys are measured")
	flags.DurationVar(&o.warm, "warm", 20*time.Second, "wait before measuring")
	flags.DurationVar(&o.long, "for", 60*time.Second, "how long to measure")
	flags.StringVar(&size, "size", "120x40", "terminal columns x rows")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if _, err := fmt.Sscanf(size, "%dx%d", &o.cols, &o.rows); err != nil {
		return fmt.Errorf("size %q: want columns x rows, as 120x40", size)
	}
	if o.command = flags.Args(); len(o.command) == 0 {
		return errors.New("no command: put it behind --")
	}
	switch args[0] {
	case "frame":
		return frame(o)
	case "run":
		return whole(o)
	case "steady":
		return steady(o)
	case "key":
		return key(o)
	case "fleet":
		return fleet(o)
	}
	return fmt.Errorf("unknown measurement %q: want frame, run, steady, key or fleet", args[0])
}

// terminal is a program in a pseudo-terminal whose output is read continuously.
type terminal struct {
	cmd *exec.Cmd
	tty *os.File

	mu   sync.Mutex
	out  bytes.Buffer
	last time.Time
	done chan struct{}
}

func start(o options) (*terminal, error) {
	t := &terminal{cmd: exec.Command(o.command[0], o.command[1:]...), done: make(chan struct{})}
	t.cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	tty, err := pty.StartWithSize(t.cmd, &pty.Winsize{Rows: o.rows, Cols: o.cols})
	if err != nil {
		return nil, err
	}
	t.tty = tty
	go func() {
		defer close(t.done)
		buf := make([]byte, 64<<10)
		for {
			n, err := tty.Read(buf)
			t.mu.Lock()
			t.out.Write(buf[:n])
			t.last = time.Now()
			t.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return t, nil
}

// shows reports whether the output so far holds the text, and when it last grew.
func (t *terminal) shows(text string) (bool, time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Contains(t.out.Bytes(), []byte(text)), t.last
}

func (t *terminal) wait(text string, limit time.Duration) (time.Time, error) {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if ok, at := t.shows(text); ok {
			return at, nil
		}
		select {
		case <-t.done:
			return time.Time{}, fmt.Errorf("the program ended before it showed %q:\n%s", text, t.out.String())
		default:
		}
	}
	return time.Time{}, fmt.Errorf("no %q within %v", text, limit)
}

// stop asks the program to quit as a user would, and makes sure.
func (t *terminal) stop() {
	_, _ = io.WriteString(t.tty, "q")
	ended := make(chan struct{})
	go func() { _ = t.cmd.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		_ = t.cmd.Process.Kill()
		<-ended
	}
	_ = t.tty.Close()
	<-t.done
}

func frame(o options) error {
	var times []float64
	for i := range o.n + 1 {
		began := time.Now()
		t, err := start(o)
		if err != nil {
			return err
		}
		at, err := t.wait(o.until, time.Minute)
		t.stop()
		if err != nil {
			return err
		}
		if i > 0 { // the first run warms the file cache
			times = append(times, float64(at.Sub(began).Microseconds())/1000)
		}
	}
	show("exec to frame with "+strconv.Quote(o.until), "ms", times)
	return nil
}

func key(o options) error {
	t, err := start(o)
	if err != nil {
		return err
	}
	defer t.stop()
	if _, err := t.wait(o.until, time.Minute); err != nil {
		return err
	}
	if _, err := io.WriteString(t.tty, o.open); err != nil {
		return err
	}
	time.Sleep(2 * time.Second)
	var times []float64
	for i := range o.n {
		t.mu.Lock()
		before := t.out.Len()
		t.mu.Unlock()
		pressed := time.Now()
		if _, err := io.WriteString(t.tty, [...]string{"j", "k"}[i%2]); err != nil {
			return err
		}
		for {
			t.mu.Lock()
			grew, at := t.out.Len() > before, t.last
			t.mu.Unlock()
			if grew {
				times = append(times, float64(at.Sub(pressed).Microseconds())/1000)
				break
			}
			if time.Since(pressed) > time.Second {
				return errors.New("a key was not answered within a second")
			}
			time.Sleep(200 * time.Microsecond)
		}
		time.Sleep(150 * time.Millisecond)
	}
	show("key to bytes", "ms", times)
	fmt.Printf("%-40s %8.1f ms\n", "95th percentile", times[(len(times)*95+99)/100-1]) // show sorted them
	return nil
}

func whole(o options) error {
	var wall, cpu, rss []float64
	for i := range o.n + 1 {
		cmd := exec.Command(o.command[0], o.command[1:]...)
		cmd.Stdout, cmd.Stderr = io.Discard, os.Stderr
		began := time.Now()
		if err := cmd.Run(); err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		use := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		wall = append(wall, float64(time.Since(began).Microseconds())/1000)
		cpu = append(cpu, float64((cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()).Microseconds())/1000)
		rss = append(rss, float64(use.Maxrss)/1024)
	}
	show("wall", "ms", wall)
	show("cpu", "ms", cpu)
	show("peak resident memory", "MiB", rss)
	return nil
}

func steady(o options) error {
	t, err := start(o)
	if err != nil {
		return err
	}
	defer t.stop()
	if _, err := t.wait(o.until, time.Minute); err != nil {
		return err
	}
	time.Sleep(o.warm)
	pid := t.cmd.Process.Pid
	before, err := ticks(pid)
	if err != nil {
		return err
	}
	var rss []float64
	for end := time.Now().Add(o.long); time.Now().Before(end); time.Sleep(time.Second) {
		mib, err := resident(pid)
		if err != nil {
			return err
		}
		rss = append(rss, mib)
	}
	after, err := ticks(pid)
	if err != nil {
		return err
	}
	show("resident memory", "MiB", rss)
	const hz = 100 // USER_HZ of every Linux that Go runs on
	fmt.Printf("%-40s %8.2f %% of a core\n", "cpu", float64(after-before)/hz/o.long.Seconds()*100)
	return nil
}

// ticks is the CPU time that a process has used, in clock ticks.
func ticks(pid int) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return user + system, errors.Join(err1, err2)
}

// resident is a process' resident memory in MiB.
func resident(pid int) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(b))[1], 10, 64)
	return float64(pages) * float64(os.Getpagesize()) / (1 << 20), err
}

func show(what, unit string, values []float64) {
	slices.Sort(values)
	fmt.Printf("%-40s min %8.1f  median %8.1f  max %8.1f %s  (n=%d)\n",
		what, values[0], values[len(values)/2], values[len(values)-1], unit, len(values))
}
