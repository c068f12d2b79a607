package lambda

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Identities asks which functions there are, before a Source is made: names on
// both platforms explain each other. The error is a [migration.Problem].
func Identities(ctx context.Context, c *awsaccess.Config) ([]migration.Identity, error) {
	var out []migration.Identity
	pages := lambdaapi.NewListFunctionsPaginator(lambdaOf(c), &lambdaapi.ListFunctionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err == nil && page.Functions == nil {
			err = notLambda()
		}
		if err != nil {
			return nil, c.Explain("lambda:ListFunctions", err)
		}
		for i := range page.Functions {
			out = append(out, migration.Identity{Platform: migration.Lambda, Name: aws.ToString(page.Functions[i].FunctionName)})
		}
	}
	return out, nil
}
