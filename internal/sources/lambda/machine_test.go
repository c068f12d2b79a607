package lambda

import (
	"os"
	"testing"

	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// The machine's own configuration works: profile, region, endpoint, and where it
// came from is known.
func TestLoadConfigOfTheMachine(t *testing.T) {
	account := newFleet(1)
	_, url := awsaccesstest.Serve(t, account, awsaccesstest.NewHand(epoch))
	for _, test := range []struct {
		name           string
		config, shared string
		env            map[string]string
		opts           awsaccess.Options
		supplier       string
	}{
		{
			name: "variables", supplier: "environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
			env: map[string]string{"AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": region, "AWS_ENDPOINT_URL": url},
		},
		{
			name: "a profile by variable", shared: "[prod]\naws_access_key_id = AKIDTEST\naws_secret_access_key = s\n",
			config: "[profile prod]\nregion = eu-west-1\nendpoint_url = " + url + "\n", env: map[string]string{"AWS_PROFILE": "prod"},
		},
		{
			name: "a profile by option, endpoints by service", shared: "[prod]\naws_access_key_id = AKIDTEST\naws_secret_access_key = s\n",
			opts: awsaccess.Options{Profile: "prod", Region: region},
			env: map[string]string{
				"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_CLOUDWATCH": url,
				"AWS_ENDPOINT_URL_LAMBDA": url, "AWS_ENDPOINT_URL_STS": url,
			},
		},
		{
			name: "the endpoint option wins", shared: "[default]\naws_access_key_id = AKIDTEST\naws_secret_access_key = s\nregion = eu-west-1\n",
			opts: awsaccess.Options{Endpoint: url}, env: map[string]string{"AWS_ENDPOINT_URL_CLOUDWATCH": "http://127.0.0.1:1"},
		},
		{
			name: "static, whatever the machine has", supplier: "static credentials",
			opts: awsaccesstest.Options(url), env: map[string]string{"AWS_PROFILE": "no-such", "AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:1"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			awsaccesstest.Machine(t, test.config, test.shared)
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			config, err := awsaccess.LoadConfig(t.Context(), test.opts)
			if err != nil {
				t.Fatal(err)
			}
			defer config.Close()
			if test.supplier == "" {
				test.supplier = "file " + os.Getenv("AWS_SHARED_CREDENTIALS_FILE")
			}
			if config.Region() != region || config.Supplier() != test.supplier {
				t.Errorf("region %q, supplier %q; want %q, %q", config.Region(), config.Supplier(), region, test.supplier)
			}
			for _, finding := range config.Check(t.Context(), nil, Questions(epoch)...) {
				if finding.Problem != nil {
					t.Errorf("%s: %v", finding.Name, finding.Problem)
				}
			}
		})
	}
}
