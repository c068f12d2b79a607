package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/muesli/cancelreader"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/text"
)

// signIn asks the user for the MFA codes that profiles require, each once for all accounts and regions, before the first
// request and the screen. Without a terminal it does not ask: the sources report what is missing.
func signIn(cmd *cobra.Command, ws []awsTarget) error {
	in, isFile := cmd.InOrStdin().(*os.File)
	if !isFile || !term.IsTerminal(int(in.Fd())) {
		return nil
	}
	asked := map[string]bool{}
	for _, w := range ws {
		if w.options.Sessions == nil || asked[w.options.Profile] {
			continue
		}
		asked[w.options.Profile] = true
		err := awsaccess.SignIn(cmd.Context(), w.options, func(ctx context.Context, request awsaccess.CodeRequest) (string, error) {
			out, done := promptTo(cmd)
			defer done()
			return askCode(ctx, in, out, request)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// promptTo is where a person is asked: standard error, or the terminal where that is a
// file or a pipe.
func promptTo(cmd *cobra.Command) (io.Writer, func()) {
	if out := terminal(cmd); out != nil {
		return out, func() {}
	}
	if tty, err := os.OpenFile("/dev/tty", os.O_WRONLY, 0); err == nil {
		return tty, func() { _ = tty.Close() }
	}
	return cmd.ErrOrStderr(), func() {}
}

// codeDigits is the length of every MFA code. Source: AWS STS API reference, AssumeRole,
// TokenCode.
const codeDigits = 6

// askCode asks for an MFA code until it has the form of one.
func askCode(ctx context.Context, in *os.File, out io.Writer, request awsaccess.CodeRequest) (string, error) {
	if request.Refused {
		_, _ = fmt.Fprintf(out, "migtop: AWS did not accept the code. A code can be used once: wait for the next one (%s left).\n",
			text.PluralOf(request.Left, "try", "tries"))
	}
	for range 10 {
		_, _ = fmt.Fprintf(out, "migtop: MFA code of %s for AWS profile %s: ", text.Printable(request.Serial), text.Printable(request.Profile))
		line, err := readLine(ctx, in)
		if err != nil {
			_, _ = fmt.Fprintln(out)
			return "", err
		}
		code := strings.ReplaceAll(strings.TrimSpace(line), " ", "")
		if len(code) == codeDigits && strings.Trim(code, "0123456789") == "" {
			return code, nil
		}
		_, _ = fmt.Fprintf(out, "migtop: a code has %d digits.\n", codeDigits)
	}
	return "", errors.New("no MFA code was entered")
}

// readLine reads one line and nothing behind it, until ctx ends.
func readLine(ctx context.Context, in *os.File) (string, error) {
	r, err := cancelreader.NewReader(in)
	if err != nil {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	defer func() { _ = r.Close() }()
	defer context.AfterFunc(ctx, func() { r.Cancel() })()
	var line []byte
	for one := make([]byte, 1); ; {
		n, err := r.Read(one)
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case n == 1 && one[0] == '\n':
			return string(line), nil
		case n == 1:
			line = append(line, one[0])
		case errors.Is(err, io.EOF):
			return "", errors.New("no MFA code was entered: standard input has ended")
		case err != nil:
			return "", fmt.Errorf("read standard input: %w", err)
		}
	}
}
