package runfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

func TestStatuses(t *testing.T) {
	for _, c := range []struct {
		want  migration.Outcome
		words []string
	}{
		{migration.OutcomeSucceeded, []string{"succeeded", "SUCCESS", "Completed", "COMPLETED", "Complete", "CD", "0", "done", " ok "}},
		{migration.OutcomeFailed, []string{"FAILED", "Error", "F", "1", "139", "2", "BackoffLimitExceeded", "failure", "FAILED+"}},
		{migration.OutcomeOOMKilled, []string{"OOMKilled", "oom_killed", "OUT_OF_MEMORY", "OUT_OF_ME+", "OutOfMemoryError", "137", "OOM"}},
		{migration.OutcomeTimedOut, []string{"TIMEOUT", "TIMED_OUT", "timed-out", "DeadlineExceeded", "DEADLINE", "TO", "124"}},
		{migration.OutcomeEvicted, []string{"Evicted", "PREEMPTED", "NODE_FAIL", "NodeLost", "BOOT_FAIL", "DisruptionTarget"}},
		{migration.OutcomeStopped, []string{
			"ABORTED", "CANCELLED", "CANCELLED by 1000", "CANCELLED+", "canceled", "Terminated", "STOPPED",
			"REVOKED", "143",
		}},
		{notRun, []string{"CACHED", "skipped", "Omitted", "upstream_failed"}},
		{notEnded, []string{"RUNNING", "PENDING", "up_for_retry", "Queued", "RUNNABLE", "in-progress"}},
		{0, []string{"unknown", "-", "n/a"}},
	} {
		for _, word := range c.words {
			if got, ok := outcomeOf(word); !ok || got != c.want {
				t.Errorf("%q is %d, %v; want %d", word, got, ok, c.want)
			}
		}
	}
	for _, word := range []string{"whatever", "", "256", "-1", "1.5", "by 5"} {
		if got, ok := outcomeOf(word); ok && got != 0 {
			t.Errorf("%q is %d", word, got)
		}
	}
}

// A run that did not take place is not counted, and a run that has not ended has no outcome. The error of an unknown
// status names the first line that has it.
func TestWhatIsNoEndedRun(t *testing.T) {
	text := "workload,run_id,peak_memory_bytes,status\n"
	for i, status := range []string{
		"COMPLETED", "CACHED", "odd", "RUNNING", "CACHED", "odd", "new word", "w3", "w4", "w5", "w6", "w7",
		"ABORTED",
	} {
		text += fmt.Sprintf("w,%d,314572800,%s\n", i, status)
	}
	f := read(t, text)
	if f.Len() != 10 {
		t.Errorf("%d runs", f.Len())
	}
	want := []string{
		`runs: took as unknown: status "odd" (2 runs, the first on line 4), "new word" (1 run, the first on line 8), ` +
			`"w3" (1 run, the first on line 9), ` +
			`"w4" (1 run, the first on line 10), "w5" (1 run, the first on line 11), and 2 more`,
		`runs: left out what is no ended run: status "CACHED" (2 lines, the first on line 3), "RUNNING" (1 line, the first on line 5)`,
	}
	if strings.Join(f.Notes, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q", f.Notes)
	}
	if last := f.Run(f.Len() - 1); last.Outcome != migration.OutcomeStopped {
		t.Errorf("aborted is %v", last.Outcome)
	}
}

func TestMillionsOfWordsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("workload,status\n")
	for i := range 3 * mostKept {
		fmt.Fprintf(&b, "w,word%d\n", i)
	}
	f := read(t, b.String())
	if len(f.words) > mostKept+1 || len(f.Notes) != 1 || len(f.Notes[0]) > 500 {
		t.Errorf("%d words, notes %q", len(f.words), f.Notes)
	}
}

// A run that was stopped is not a failure, and gives neither a full duration nor a full peak. Profiles use the runs that
// ended by themselves.
func TestAStoppedRunIsNeitherAFailureNorALength(t *testing.T) {
	text := "workload,run_id,started_at,duration_s,peak_memory_bytes,requested_memory_bytes,status\n"
	for i := range 30 {
		text += fmt.Sprintf("w,%d,%d,60,314572800,2147483648,COMPLETED\n", i, 1784548800+i*100)
	}
	stopped := text
	for i := range 30 {
		stopped += fmt.Sprintf("w,s%d,%d,%d,104857600,2147483648,CANCELLED by 1000\n", i, 1784558800+i*100000, 50_000)
	}
	profileOf := func(text string) profile.Profile {
		b := profile.NewBook(profile.Settings{})
		b.LearnAll(read(t, text))
		return b.Profile(profile.Ask{Workload: "w"})
	}
	want, got := profileOf(text), profileOf(stopped)
	if got.BackoffLimit != want.BackoffLimit || got.AttemptDeadline != want.AttemptDeadline || got.Base.MemoryLimit != want.Base.MemoryLimit {
		t.Errorf("backoff %d, deadline %s, memory %d; without stopped runs %d, %s, %d", got.BackoffLimit, got.AttemptDeadline,
			got.Base.MemoryLimit,
			want.BackoffLimit, want.AttemptDeadline, want.Base.MemoryLimit)
	}
}
