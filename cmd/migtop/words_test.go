package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A command keeps every line of a script.
func TestWordsFlag(t *testing.T) {
	for _, test := range []struct {
		values []string
		want   []string
	}{
		{[]string{"sh,-c,set -e\nrun --all\n"}, []string{"sh", "-c", "set -e\nrun --all\n"}},
		{[]string{`sh,-c,"echo ""a, b""` + "\n" + `exit"`}, []string{"sh", "-c", "echo \"a, b\"\nexit"}},
		{[]string{"sh,-c,a\r\nb"}, []string{"sh", "-c", "a\r\nb"}},
		{[]string{"python", "-m", "etl"}, []string{"python", "-m", "etl"}},
		{[]string{""}, nil},
	} {
		var got []string
		f := wordsFlag{words: &got}
		for _, v := range test.values {
			if err := f.Set(v); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.values, diff)
		}
	}
	var got []string
	if err := (&wordsFlag{words: &got}).Set(`sh,-c,"open`); err == nil {
		t.Error("an open quote is taken")
	}
}

func TestConvertKeepsLinesOfACommand(t *testing.T) {
	out, errOut, code := execute(t, "convert", "initech-ml-score-prod", "--demo", "--pod-identity", "--command", "sh,-c,first\nsecond $X")
	if code != exitOK || !strings.Contains(out, `"first\nsecond $$X"`) {
		t.Errorf("code %d\n%s\n%s", code, errOut, out)
	}
}
