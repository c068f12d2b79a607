# Two commands do all set-up on a fresh machine: make demo and make test. They
# need Go; make test installs tmux where it is missing.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  ?= $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS  = -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
BIN      = bin/migtop
ARGS    ?=

.DEFAULT_GOAL := help
.PHONY: help demo build unit test fields lint workflows layers deadcode race kill-history bench bench-rightsizing bench-cutover cluster-up cluster-down clean

help: ## tell what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## build and run the demo; ARGS="--seed 2" goes to it
	@$(BIN) demo $(ARGS)

build: ## build bin/migtop
	@command -v go >/dev/null || { echo "make: Go is not installed: see https://go.dev/dl" >&2; exit 1; }
	@echo "building $(BIN) (the first time takes a minute or two)" >&2
	@CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/migtop

unit: ## run the module's own tests, without a control plane or a terminal
	@go test -short ./...

test: ## run all tests, the real control plane and a real terminal included
	@test/run

fields: ## write docs/snapshot.schema.json and the field tables of docs/snapshot.md from the types
	@go test -count=1 ./internal/report -run 'TestSchemaIsThatOfTheTypes|TestDocumentationHasEveryField' -update

layers: ## write the import rules of .golangci.yml and docs/architecture.md from test/layers
	@go test -count=1 ./test/layers -run "TestDepguardIsGenerated|TestArchitectureHasEveryPackage" -update

lint: ## run the linters
	@tools/run golangci-lint run ./...
	@cd test/cluster && ../../tools/run golangci-lint run -c ../../.golangci.yml ./...
	@cd test/writers && ../../tools/run golangci-lint run -c ../../.golangci.yml ./...
	@cd test/gates && ../../tools/run golangci-lint run -c ../../.golangci.yml ./...
	@cd test/protocols && ../../tools/run golangci-lint run -c ../../.golangci.yml ./...
	@cd bench/rightsizing && ../../tools/run golangci-lint run -c ../../.golangci.yml ./...

workflows: ## check the GitHub workflows
	@tools/run actionlint

deadcode: ## list functions that neither the binary nor a test reaches
	@tools/run deadcode -test -tags cluster,smoke ./...

race: ## run the module's tests under the race detector
	@CGO_ENABLED=1 go test -race -timeout 30m ./...

kill-history: ## kill a program that keeps the history 200 times, and check the file after each
	@MIGTOP_TEST_KILLS=200 go test -count=1 -run TestKilledAtAnyMoment -v ./internal/history

bench: ## run the benchmarks
	@go test -run '^$$' -bench . -benchmem ./...

bench-rightsizing: build ## compare profiles with VPA's, KRR's and fixed rules; ARGS="-traces FOLDER"
	@go -C bench/rightsizing build -o ../../bin/rightsizing .
	@bin/rightsizing -migtop $(BIN) $(ARGS)

bench-cutover: ## simulate how often verdicts on a cutover are wrong; ARGS="-watches 500" for a quick look
	@go run ./bench/cutover $(ARGS)

cluster-up: ## start a control plane to try things on; prints its kubeconfig
	@go run -C test/cluster . up

cluster-down: ## stop it
	@go run -C test/cluster . down

clean: ## remove what was built here; caches stay
	@rm -rf bin dist completions manpages
