package main

// Every source registers itself when its package is imported. A new source is its
// folder below internal/sources and a line here.
import (
	_ "github.com/migtop/migtop/internal/sources/ecs"
	_ "github.com/migtop/migtop/internal/sources/joblogs"
	_ "github.com/migtop/migtop/internal/sources/jobs"
	_ "github.com/migtop/migtop/internal/sources/lambda"
	_ "github.com/migtop/migtop/internal/sources/logs"
	_ "github.com/migtop/migtop/internal/sources/pricelist"
	_ "github.com/migtop/migtop/internal/sources/spot"
	_ "github.com/migtop/migtop/internal/sources/sqs"
)
