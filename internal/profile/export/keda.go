package export

// scaledJobs are KEDA ScaledJobs that start a Job a message of an SQS queue.
func scaledJobs(entries []entry, o *Options) []File {
	return each(entries, ".scaledjob.yaml", func(e *entry, a attempt) []byte {
		target := e.jobSpec(a, o)
		// KEDA starts Jobs, not pods: what runs at once is maxReplicaCount.
		for i := range target {
			switch target[i].key {
			case "completions":
				target[i].comment = ""
			case "parallelism":
				target[i].value = int32(1)
			}
		}
		var spec, trigger, metadata, doc object
		spec.set("jobTargetRef", target)
		if n, ok := e.Parallelism.Get(); ok && n > 0 {
			spec.set("maxReplicaCount", n).comment = "Jobs at once"
		}
		queue, region := o.QueueURL, o.Region
		f := metadata.set("queueURL", queue)
		if queue == "" || a == retry {
			f.value, f.comment = "https://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE", "replace it"
		}
		metadata.set("queueLength", "1").comment = "messages a Job takes"
		f = metadata.set("awsRegion", region)
		if region == "" {
			f.value, f.comment = "REGION", "replace it"
		}
		trigger.set("type", "aws-sqs-queue")
		trigger.set("metadata", metadata)
		f = spec.set("triggers", list{trigger})
		if a == retry {
			f.above = []string{"Of retries: the queue that messages are sent to whose run was killed, such as the dead-letter queue."}
		}
		doc.set("apiVersion", "keda.sh/v1alpha1")
		doc.set("kind", "ScaledJob")
		doc.set("metadata", e.metadata(a, o))
		doc.set("spec", spec)
		return document(append(e.comments(a), e.wholeHints(o)...), doc)
	})
}
