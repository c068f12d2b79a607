package convert

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

// Options say what the Job is to be. The zero value takes everything from the
// function.
type Options struct {
	Name           string // of the Job; "" is made of the function's
	Namespace      string // "" is "default"
	ServiceAccount string // "" is the Job's name
	Tenant         migration.Tenant
	Workload       migration.Workload
	Identity       Identity
	// Image replaces the function's image, Command its entry point.
	Image   string
	Command []string
	// Profile is what the Job's pods are to have; nil is what the function has.
	Profile *profile.Profile
}

// check refuses what Kubernetes would refuse.
func (o *Options) check() error {
	for _, n := range []struct{ what, name string }{{"namespace", o.Namespace}, {"service account", o.ServiceAccount}, {"name", o.Name}} {
		if n.name != "" && !dnsLabel.MatchString(n.name) {
			return fmt.Errorf("%q is no %s of Kubernetes: want lower case letters, digits and dashes, 63 at most", n.name, n.what)
		}
	}
	for _, word := range o.Command {
		if !utf8.ValidString(word) || strings.ContainsRune(word, 0) {
			return fmt.Errorf("the command has the word %q, which no manifest can say: want UTF-8 without zero bytes", word)
		}
	}
	if len(o.Name) > maxName {
		return fmt.Errorf("the name %q has %d characters: want %d at most, since Kubernetes appends to it", o.Name, len(o.Name), maxName)
	}
	return nil
}

// Conversion is what becomes of a function.
type Conversion struct {
	Function       string
	ARN            string
	Name           string // of the Job or ScaledJob
	Namespace      string
	ServiceAccount string
	Manifests      []Manifest // in the order in which they are to be applied
	Trust          Trust
	Notes          []Note
	// Secret is the Secret that the Job takes its secrets from, which people
	// make; SecretKeys are the variables in it.
	Secret     string
	SecretKeys []string
}

// Manifest is one object of Kubernetes.
type Manifest struct {
	File string // that it is written to: "job.yaml"
	Kind string
	Name string
	body object
}

// FunctionAnnotation is the annotation of every object with the ARN of the function that it
// was made of.
const FunctionAnnotation = "migtop.dev/lambda-function"

// AccountFile is the file of the service account, which every plan has.
const AccountFile = "serviceaccount.yaml"

// Kind says what a note is about, the most pressing first.
type Kind uint8

// The kinds of notes.
const (
	Blocks  Kind = iota + 1 // the Job does not work before it is done
	Unknown                 // could not be read, or cannot be known
	Lost                    // cannot be carried over
	Act                     // is left to do by hand
	Changed                 // is carried over and behaves otherwise
	Carried                 // is carried over
)

var kindNames = [...]string{"", "blocks", "unknown", "lost", "act", "changed", "carried"}

func (k Kind) String() string { return kindNames[min(int(k), len(kindNames)-1)] }

// MarshalText encodes the kind by name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Note is one thing that the report says.
type Note struct {
	Kind  Kind   `json:"kind"`
	Topic string `json:"topic"` // "layers", "role"
	Text  string `json:"text"`  // what is so
	Fix   string `json:"fix,omitempty"`
	// Snippet is a command, a manifest or a policy that Fix speaks of.
	Snippet string `json:"snippet,omitempty"`
}

// conversion is a plan in the making.
type conversion struct {
	Options
	d    *migration.Definition
	role arn
	plan *Conversion

	config  object // data of the ConfigMap
	env     []any  // of the container, in addition to the ConfigMap
	volumes []any
	mounts  []any
	// queues are the triggers that become ScaledJobs.
	queues []queue
}

// Convert turns a function into a Job. Its error is about the options: what is not
// right about the function is in the plan's notes.
func Convert(d *migration.Definition, o Options) (*Conversion, error) {
	if d == nil {
		return nil, errors.New("there is no function to convert")
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	c := &conversion{Options: o, d: d}
	given := c.Name != ""
	if !given {
		c.Name = objectName(d.Name, d.Qualifier)
	}
	if c.Namespace == "" {
		c.Namespace = "default"
	}
	if c.ServiceAccount == "" {
		c.ServiceAccount = c.Name
	}
	c.role, _ = parseARN(d.Role.ARN)
	if o.Identity.decided() {
		if err := o.Identity.fits(c.role); err != nil {
			return nil, err
		}
	}
	c.plan = &Conversion{Function: d.Name, ARN: d.ARN, Name: c.Name, Namespace: c.Namespace, ServiceAccount: c.ServiceAccount}
	c.names(given)
	c.gaps()
	c.environment()
	c.identity()
	c.triggers()
	c.manifests()
	c.losses()
	slices.SortStableFunc(c.plan.Notes, func(a, b Note) int { return int(a.Kind) - int(b.Kind) })
	return c.plan, nil
}

// gaps lists what could not be read, with one policy that permits reading it.
func (c *conversion) gaps() {
	var actions []string
	for _, g := range c.d.Gaps {
		fix := g.Problem.Fix
		if g.Problem.Fault == migration.FaultDenied && g.Action != "" && g.Problem.Snippet != "" {
			actions, fix = appendNew(actions, g.Action), ""
		}
		c.note(Unknown, "not read", g.Part+": "+g.Problem.What, fix)
	}
	if len(actions) == 0 {
		return
	}
	c.note(Unknown, "not read", "what is not permitted is left out above, and nothing else is",
		"allow it to this identity and run this again:")
	c.snippet(indented(object{{"Version", "2012-10-17"}, {"Statement", []any{object{
		{"Sid", "MigtopConverts"}, {"Effect", "Allow"}, {"Action", strs(actions)}, {"Resource", "*"},
	}}}}))
}

// note adds to the report. Fix may be empty.
func (c *conversion) note(k Kind, topic, text, fix string) {
	c.plan.Notes = append(c.plan.Notes, Note{Kind: k, Topic: topic, Text: text, Fix: fix})
}

// snippet adds text to the last note that users can paste unchanged.
func (c *conversion) snippet(text string) {
	c.plan.Notes[len(c.plan.Notes)-1].Snippet = text
}

func (c *conversion) add(file, kind, name string, body object) {
	c.plan.Manifests = append(c.plan.Manifests, Manifest{file, kind, name, body})
}

// meta is the metadata of an object of the Job.
func (c *conversion) meta(name string) object {
	return object{}.with("name", name).with("namespace", c.Namespace).with("labels", c.labels()).
		with("annotations", append(object{}.with(FunctionAnnotation, c.d.ARN), c.owners(false)...))
}

// owners are the tenant and workload keys: those that fit into labels, or those that do
// not. migtop reads them from annotations too.
func (c *conversion) owners(labels bool) object {
	var out object
	for _, one := range []struct{ key, value string }{{"tenant", string(c.Tenant)}, {"workload", string(c.Workload)}} {
		if one.value != "" && labelValue.MatchString(one.value) == labels {
			out = append(out, member{one.key, strings.ToValidUTF8(one.value, "\uFFFD")})
		}
	}
	return out
}

// names reports names that Kubernetes does not accept unchanged.
func (c *conversion) names(given bool) {
	if !given && c.Name != c.d.Name {
		c.note(Changed, "name", fmt.Sprintf("the Job is called %s: a name of Kubernetes has lower case letters, digits and dashes, and no "+
			"other function or alias may come to the same one", c.Name),
			"give it another name with --name")
	}
	for _, o := range c.owners(false) {
		c.note(Changed, o.key, fmt.Sprintf("%s %q is no value of a label (63 letters, digits, dashes, dots and underscores at most): it is "+
			"the annotation %s, where migtop finds it; "+
			"selectors by label do not", o.key, o.value, o.key), "give it a label that Kubernetes takes, and map it in the configuration's aliases")
	}
}

// labels identify tenant and workload; migtop attributes Jobs by them.
func (c *conversion) labels() object {
	return append(object{{"app.kubernetes.io/name", c.Name}}, c.owners(true)...)
}
