package export

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// terraform is one file per entry: the resource kubernetes_job_v1 of HashiCorp's provider
// "kubernetes" (from 2.23, which supports pod_failure_policy). A variable selects the
// attempt, since a second resource for retries would be applied too.
func terraform(entries []entry, o *Options) []File {
	files := make([]File, 0, len(entries))
	for i := range entries {
		e := &entries[i]
		files = append(files, File{e.name + ".tf", e.hcl(o)})
	}
	return files
}

// identifier makes a name one of Terraform's, which begin with a letter or _. Names
// have no _, so that two names never make one.
func identifier(name string) string {
	id := strings.ReplaceAll(name, "-", "_")
	if id[0] >= '0' && id[0] <= '9' {
		return "_" + id
	}
	return id
}

func (e *entry) hcl(o *Options) []byte {
	f := hclwrite.NewEmptyFile()
	b := f.Body()
	remark(b, "Job profile of "+e.what()+".")
	for _, c := range append(e.grounds(), e.wholeHints(o)...) {
		remark(b, c)
	}
	id := identifier(e.name)
	b.AppendNewline()
	e.variables(b, id, o)
	b.AppendNewline()

	// What differs between the attempts.
	attempts := map[string]cty.Value{}
	for _, a := range []attempt{base, retry} {
		requests, limits := amounts(e.pod(a), e.EphemeralStorage)
		attempts[a.String()] = cty.ObjectVal(map[string]cty.Value{
			"name": cty.StringVal(e.object(a)), "requests": texts(requests), "limits": texts(limits),
		})
	}
	b.AppendNewBlock("locals", nil).Body().SetAttributeValue(id, cty.ObjectVal(attempts))
	b.AppendNewline()

	job := b.AppendNewBlock("resource", []string{"kubernetes_job_v1", id}).Body()
	meta := job.AppendNewBlock("metadata", nil).Body()
	set := func(body *hclwrite.Body, name, field string) {
		body.SetAttributeRaw(name, chosen(id, field))
	}
	set(meta, "name", "name")
	if o.Namespace != "" {
		meta.SetAttributeValue("namespace", cty.StringVal(o.Namespace))
	}
	labels := texts(pairs(e.labels()))
	if labels.LengthInt() > 0 {
		meta.SetAttributeValue("labels", labels)
	}
	var notes object
	for _, n := range e.annotations(retry) { // what is expected of first attempts is not said of all
		if n.key != prefix+"profile" { // and which one it is, the variable says
			notes = append(notes, n)
		}
	}
	meta.SetAttributeValue("annotations", texts(pairs(notes)))

	spec := job.AppendNewBlock("spec", nil).Body()
	e.hclSpec(spec)
	template := spec.AppendNewBlock("template", nil).Body()
	podMeta := template.AppendNewBlock("metadata", nil).Body()
	if labels.LengthInt() > 0 {
		podMeta.SetAttributeValue("labels", labels)
	}
	pod := template.AppendNewBlock("spec", nil).Body()
	pod.SetAttributeValue("restart_policy", cty.StringVal("Never"))
	remark(pod, "No variables of the namespace's Services, which a function has not.")
	pod.SetAttributeValue("enable_service_links", cty.False)
	c := pod.AppendNewBlock("container", nil).Body()
	c.SetAttributeValue("name", cty.StringVal(e.containerName(o)))
	if o.Image != "" {
		c.SetAttributeValue("image", cty.StringVal(o.Image))
	} else {
		c.SetAttributeRaw("image", hclwrite.TokensForTraversal(traversal("var", id+"_image")))
	}
	if command := o.command().texts(); len(command) > 0 {
		values := make([]cty.Value, len(command))
		for i, s := range command {
			values[i] = cty.StringVal(valid(s))
		}
		c.SetAttributeValue("command", cty.ListVal(values))
	}
	resources := c.AppendNewBlock("resources", nil).Body()
	set(resources, "requests", "requests")
	set(resources, "limits", "limits")

	// Applying it starts the Job and does not wait for its end.
	job.SetAttributeValue("wait_for_completion", cty.False)
	return hclwrite.Format(f.Bytes())
}

// variables select the attempt, and the image where no option gives it.
func (e *entry) variables(b *hclwrite.Body, id string, o *Options) {
	if o.Image == "" {
		v := b.AppendNewBlock("variable", []string{id + "_image"}).Body()
		v.SetAttributeRaw("type", hclwrite.TokensForIdentifier("string"))
		v.SetAttributeValue("description", cty.StringVal("Container image of "+valid(e.what())))
		b.AppendNewline()
	}
	v := b.AppendNewBlock("variable", []string{id + "_profile"}).Body()
	v.SetAttributeRaw("type", hclwrite.TokensForIdentifier("string"))
	v.SetAttributeValue("description", cty.StringVal("base, or retry for a run that was killed for memory"))
	v.SetAttributeValue("default", cty.StringVal("base"))
	check := v.AppendNewBlock("validation", nil).Body()
	check.SetAttributeRaw("condition", hclwrite.TokensForFunctionCall("contains",
		hclwrite.TokensForValue(cty.TupleVal([]cty.Value{cty.StringVal("base"), cty.StringVal("retry")})),
		hclwrite.TokensForTraversal(traversal("var", id+"_profile")),
	))
	check.SetAttributeValue("error_message", cty.StringVal("Use base or retry."))
}

func (e *entry) hclSpec(spec *hclwrite.Body) {
	if n, ok := seconds(e.Deadline).Get(); ok {
		spec.SetAttributeValue("active_deadline_seconds", cty.NumberIntVal(n))
	}
	spec.SetAttributeValue("backoff_limit", cty.NumberIntVal(int64(e.BackoffLimit)))
	if n, ok := seconds(e.TTL).Get(); ok { // the provider takes this one as text
		spec.SetAttributeValue("ttl_seconds_after_finished", cty.StringVal(strconv.FormatInt(n, 10)))
	}
	if n, ok := e.Parallelism.Get(); ok && n > 0 {
		spec.SetAttributeValue("completions", cty.NumberIntVal(1))
		spec.SetAttributeValue("parallelism", cty.NumberIntVal(int64(n)))
	}
	rules := spec.AppendNewBlock("pod_failure_policy", nil).Body()
	for _, r := range policy {
		rule := rules.AppendNewBlock("rule", nil).Body()
		remark(rule, r.why)
		rule.SetAttributeValue("action", cty.StringVal(r.action))
		if r.condition != "" {
			on := rule.AppendNewBlock("on_pod_condition", nil).Body()
			on.SetAttributeValue("type", cty.StringVal(r.condition))
			on.SetAttributeValue("status", cty.StringVal("True"))
			continue
		}
		on := rule.AppendNewBlock("on_exit_codes", nil).Body()
		on.SetAttributeValue("operator", cty.StringVal(r.operator))
		on.SetAttributeValue("values", cty.ListVal([]cty.Value{cty.NumberIntVal(r.code)}))
	}
}

// remark adds a comment line.
func remark(b *hclwrite.Body, text string) {
	b.AppendUnstructuredTokens(hclwrite.Tokens{{Type: hclsyntax.TokenComment, Bytes: []byte(commentLine("", text))}})
}

func traversal(root string, path ...string) hcl.Traversal {
	t := hcl.Traversal{hcl.TraverseRoot{Name: root}}
	for _, p := range path {
		t = append(t, hcl.TraverseAttr{Name: p})
	}
	return t
}

// chosen is local.ID[var.ID_profile].FIELD.
func chosen(id, field string) hclwrite.Tokens {
	token := func(kind hclsyntax.TokenType, s string) *hclwrite.Token {
		return &hclwrite.Token{Type: kind, Bytes: []byte(s)}
	}
	t := hclwrite.TokensForTraversal(traversal("local", id))
	t = append(t, token(hclsyntax.TokenOBrack, "["))
	t = append(t, hclwrite.TokensForTraversal(traversal("var", id+"_profile"))...)
	return append(t, token(hclsyntax.TokenCBrack, "]"), token(hclsyntax.TokenDot, "."), token(hclsyntax.TokenIdent, field))
}

// pairs are the texts of an object.
func pairs(o object) []amount {
	var out []amount
	for _, f := range o {
		if s, ok := f.value.(string); ok {
			out = append(out, amount{f.key, s})
		}
	}
	return out
}

// texts is a map of texts; hclwrite orders it by key.
func texts(amounts []amount) cty.Value {
	if len(amounts) == 0 {
		return cty.MapValEmpty(cty.String)
	}
	m := make(map[string]cty.Value, len(amounts))
	for _, a := range amounts {
		m[a.resource] = cty.StringVal(valid(a.quantity))
	}
	return cty.MapVal(m)
}
