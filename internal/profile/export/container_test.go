package export

import (
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

// ofApp is a profile of the container app, which runs with a proxy.
func ofApp() profile.Profile {
	p := full()
	p.Container, p.ContainerWhy = "app", "named by kubectl.kubernetes.io/default-container"
	p.Others = migration.OtherRequests{Names: "proxy (sidecar)", With: migration.Resources{Memory: migration.Some(64 * migration.MiB)}}
	return p
}

// Each format writes the container that was sized, by its name, and what is of the Job stays
// with the Job.
func TestExportsNameTheContainer(t *testing.T) {
	for format, want := range map[Format][]string{
		Job:       {"- name: app\n", "It has the container app alone. Add the pod's others as they are: proxy (sidecar)."},
		CronJob:   {"- name: app\n", "Add the pod's others"},
		Patch:     {"- name: app\n", "It is for the container app.", "containerName: app\n", "\n  activeDeadlineSeconds: "},
		Kustomize: {"kind: Component"},
		Helm:      {"container: app\n"},
		Terraform: {`name  = "app"`, "Add the pod's others"},
		KEDA:      {"- name: app\n", "Add the pod's others"},
		JSON:      {`"container": "app"`, `"names": "proxy (sidecar)"`, `"memory_bytes": 67108864`},
		CSV:       {",app,proxy (sidecar),67108864,"},
	} {
		files := render(t, []profile.Profile{ofApp()}, format, Options{})
		for _, text := range want {
			if !strings.Contains(string(files[0].Data), text) {
				t.Errorf("%s does not say %q:\n%s", format, text, files[0].Data)
			}
		}
	}
	for _, f := range render(t, []profile.Profile{ofApp()}, Kustomize, Options{}) {
		if strings.HasSuffix(f.Name, "job.yaml") && !strings.Contains(string(f.Data), "- name: app\n") {
			t.Errorf("%s is of another container:\n%s", f.Name, f.Data)
		}
	}
}

func TestWhichContainerIsWritten(t *testing.T) {
	other := ofApp()
	other.Tenant, other.Container = "globex", "worker"
	alone := full()
	for name, tt := range map[string]struct {
		profiles []profile.Profile
		options  Options
		want     string
	}{
		"the one that was sized":             {[]profile.Profile{ofApp()}, Options{}, "app"},
		"the one that is asked for":          {[]profile.Profile{ofApp()}, Options{Container: "batch"}, "batch"},
		"no pod was seen":                    {[]profile.Profile{alone}, Options{}, "main"},
		"a class of one name":                {[]profile.Profile{ofApp()}, Options{ByClass: true}, "app"},
		"a class whose members have several": {[]profile.Profile{ofApp(), other}, Options{ByClass: true}, "main"},
	} {
		t.Run(name, func(t *testing.T) {
			data := string(render(t, tt.profiles, Patch, tt.options)[0].Data)
			if !strings.Contains(data, "- name: "+tt.want+"\n") {
				t.Errorf("%s, want %s", data, tt.want)
			}
			if tt.profiles[0].Others.Names == "" && strings.Contains(data, "containerName") {
				t.Error("a pod of one container needs no name in its failure policy")
			}
		})
	}
}
