// Package ecs reads Amazon ECS: services, tasks started without a service, and the resources of both on Fargate or EC2.
// Some moves from Lambda go through ECS, and what is left there costs money. It implements sources.Source.
//
// The usage of a task follows from its own times, which the ECS API returns free of charge: from the pull of its image to
// its end, which is what Fargate bills. Utilization comes from CloudWatch, in percent of what is reserved. CloudWatch
// bills per metric, so a service that is not on screen is queried less often.
package ecs
