package export

// helmValues is one values file of all entries, under migtop.profiles.NAME:
//
//	workload, tenant, class   identity
//	labels, annotations       of the Job and its pods
//	restartPolicy             of the pod template
//	job                       fields of a Job's spec, used unchanged
//	container                 name of the container that is sized, where pods were seen
//	base, retry               resources of the container
func helmValues(entries []entry, _ *Options) []File {
	var profiles, migtop, doc object
	for i := range entries {
		e := &entries[i]
		var v object
		if !e.isClass {
			v.set("workload", string(e.Workload))
			v.set("tenant", string(e.Tenant))
		}
		if e.Class != "" {
			v.set("class", e.Class)
		}
		if l := e.labels(); len(l) > 0 {
			v.set("labels", l)
		}
		var notes object
		for _, f := range e.facts() {
			notes.set(prefix+f.key, f.value)
		}
		v.set("annotations", notes)
		v.set("restartPolicy", "Never")
		job := e.bounds()
		job = append(job, e.parallelism()...)
		job.set("podFailurePolicy", failurePolicy(""))
		v.set("job", job)
		if e.Container != "" {
			v.set("container", e.Container)
		}
		for _, a := range []attempt{base, retry} {
			var r object
			r.set("resources", e.resources(a, false))
			v.set(a.String(), r)
		}
		profiles.set(e.name, v).above = append([]string{"Of " + e.what() + "."}, e.grounds()...)
	}
	migtop.set("profiles", profiles)
	doc.set("migtop", migtop)
	head := []string{
		"Job profiles for Helm: helm install ... --values migtop-values.yaml",
		"base is for the first attempt, retry for a run that was killed for memory. In a template:",
		`  {{- $p := index .Values.migtop.profiles "NAME" }}`,
		"  spec: {{- toYaml $p.job | nindent 2 }}",
		"and of the container: resources: {{- toYaml $p.base.resources | nindent N }}",
		wrapperHint,
	}
	return []File{{"migtop-values.yaml", document(head, doc)}}
}
