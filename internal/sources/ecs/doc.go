// Package ecs reads Amazon ECS: services, tasks that were started by themselves,
// and what both hold on Fargate or on EC2. Many moves from Lambda stopped there on
// the way, and what is left of them costs. It implements sources.Source.
//
// What a task held follows from its own times, which the ECS API tells for
// nothing: from the pull of its image to its end, which is what Fargate bills. How
// much of it was used comes from CloudWatch, in percent of what is reserved; that
// is billed by the metric, so a service that nobody looks at is asked about less
// often.
package ecs
