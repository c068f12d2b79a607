// Package awsaccess is the way into AWS that all of its sources share: which
// account and region, with whose credentials, and what to say and to do where a
// call fails. It knows no service; each source makes its own client of
// [Config.SDK].
package awsaccess
