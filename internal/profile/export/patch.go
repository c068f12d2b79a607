package export

// Patches and Kustomize components share the two patches of an attempt. Their names
// are for reading: who applies a patch says to what.

func patches(entries []entry, o *Options) []File {
	files := each(entries, ".job-patch.yaml", func(e *entry, a attempt) []byte {
		return document(append(e.comments(a), e.patchHints(o)...), e.jobPatch(a, o))
	})
	return append(files, each(entries, ".cronjob-patch.yaml", func(e *entry, a attempt) []byte {
		return document(append(e.comments(a), e.patchHints(o)...), e.cronJobPatch(a, o))
	})...)
}

func (e *entry) patchHints(o *Options) []string {
	return []string{"It is for the container " + e.containerName(o) + ".", wrapperHint}
}

// jobPatch is a strategic merge patch of a Job's manifest. Kubernetes does not allow
// changes to the pod template of an existing Job.
func (e *entry) jobPatch(a attempt, o *Options) object {
	return e.patch("Job", a, e.specPatch(a, o))
}

// cronJobPatch is one of a CronJob, there or not.
func (e *entry) cronJobPatch(a attempt, o *Options) object {
	var spec, template object
	template.set("spec", e.specPatch(a, o))
	spec.set("jobTemplate", template)
	return e.patch("CronJob", a, spec)
}

func (e *entry) patch(kind string, a attempt, spec object) object {
	var doc, meta object
	meta.set("name", e.object(a))
	meta.set("annotations", e.annotations(a))
	doc.set("apiVersion", "batch/v1")
	doc.set("kind", kind)
	doc.set("metadata", meta)
	doc.set("spec", spec)
	return doc
}

func (e *entry) specPatch(a attempt, o *Options) object {
	var pod, template object
	pod.set("restartPolicy", "Never")
	pod.set("containers", list{e.container(a, o, false)})
	template.set("spec", pod)
	s := e.bounds()
	if n, ok := e.Parallelism.Get(); ok && n > 0 && o.PatchParallelism {
		s.set("parallelism", n)
	}
	of := ""
	if e.Others.Names != "" {
		of = e.containerName(o)
	}
	s.set("podFailurePolicy", failurePolicy(of))
	s.set("template", template)
	return s
}

// components are two Kustomize components an entry: NAME and NAME/retry.
func components(entries []entry, o *Options) []File {
	var files []File
	for _, a := range []attempt{base, retry} {
		for i := range entries {
			e := &entries[i]
			dir := "components/" + e.name + "/"
			if a == retry {
				dir += "retry/"
			}
			files = append(files,
				File{dir + "kustomization.yaml", document(append(e.comments(a), e.componentHints(dir)...), e.component())},
				File{dir + "job.yaml", document(e.patchHints(o), e.jobPatch(a, o))},
				File{dir + "cronjob.yaml", document(e.patchHints(o), e.cronJobPatch(a, o))},
			)
		}
	}
	return files
}
