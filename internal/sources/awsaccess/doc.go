// Package awsaccess is the access to AWS that all sources share: account, region, credentials, and the explanation of
// failed calls. It knows no service; each source makes its own client from [Config.SDK].
package awsaccess
