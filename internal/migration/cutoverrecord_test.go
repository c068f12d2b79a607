package migration

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func TestARecordOfACutoverSurvivesJSON(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	want := CutoverRecord{
		Tenant: "acme", Wave: "pilot", Owners: []string{"anna"}, At: at, From: VerdictPromote, FromShare: Some[Ratio](0.25),
		Word: VerdictRollBack, Text: "ROLL BACK", Stage: StageAtEnd, Share: Some[Ratio](1), ShareFrom: "plan", StepAt: at, Rule: "failures",
		Holds: []string{"doubt"}, After: CutoverSide{10, 2}, Decisions: []CutoverDecision{{Kind: "clear", Who: "ben", At: at}},
	}
	text, err := json.Marshal(&want)
	if err != nil {
		t.Fatal(err)
	}
	var got CutoverRecord
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !got.StepTaken() || got.StepBack() {
		t.Error("25 to 100 % is a step taken")
	}
	for _, bad := range []string{`{"verdict":"perhaps"}`, `{"stage":"after"}`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
