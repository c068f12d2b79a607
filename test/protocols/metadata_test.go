package protocols

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/lambda"
)

// On an instance migtop asks with the instance's role, as AWS's mock of the metadata
// service hands it out: and says so where AWS does not take it.
func TestCredentialsOfAnInstance(t *testing.T) {
	address := free(t)
	host, port, _ := strings.Cut(address, ":")
	cmd := exec.Command(tool(t, "ec2-metadata-mock"), "--hostname", host, "--port", port, "--imdsv2")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed(t, cmd)
	listening(t, address)

	noon := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	server, url := awsaccesstest.Serve(t, &awsapi.Fixed{
		Number: "123456789012", List: []awsapi.Function{{Name: "etl-acme", MemoryMB: 512, Timeout: time.Minute}},
	}, awsaccesstest.NewHand(noon))
	awsaccesstest.Machine(t, "", "")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "false")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://"+address)
	access, err := awsaccess.LoadConfig(t.Context(), awsaccess.Options{Region: awsaccesstest.Region, Endpoint: url, Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer access.Close()
	if got := access.Supplier(); got != "the EC2 instance role" {
		t.Errorf("the credentials came from %s", got)
	}
	// The mock's key is not valid in the account, so it is rejected, and the message names the cause.
	for _, f := range access.Check(t.Context(), nil, lambda.Questions(noon)...) {
		if f.Name != "lambda:ListFunctions" {
			continue
		}
		if f.Problem == nil || f.Problem.Fault != migration.FaultRejected || !strings.Contains(f.Problem.Fix, "the EC2 instance role") {
			t.Errorf("%s: %v", f.Name, f.Problem)
		}
	}
	if server.Calls("lambda:ListFunctions") == 0 {
		t.Error("the account was not asked")
	}
}
