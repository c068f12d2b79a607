package sqs

import (
	"testing"

	"github.com/migtop/migtop/internal/awsscope"
)

func TestPlaceOfQueue(t *testing.T) {
	for _, test := range []struct {
		queue Entry
		want  awsscope.Place
	}{
		{Entry{ARN: "arn:aws-cn:sqs:cn-north-1:333333333333:q.fifo"}, awsscope.Place{Region: "cn-north-1", Account: "333333333333"}},
		{Entry{URL: "https://sqs.eu-west-1.amazonaws.com/111111111111/q"}, awsscope.Place{Region: "eu-west-1", Account: "111111111111"}},
		{
			Entry{URL: "https://sqs.cn-north-1.amazonaws.com.cn/333333333333/q"},
			awsscope.Place{Region: "cn-north-1", Account: "333333333333"},
		},
		{
			Entry{URL: "https://us-gov-east-1.queue.amazonaws.com/111111111111/q"},
			awsscope.Place{Region: "us-gov-east-1", Account: "111111111111"},
		},
		{
			Entry{URL: "https://vpce-0a1b-2c3d.sqs.us-east-2.vpce.amazonaws.com/111111111111/q"},
			awsscope.Place{Region: "us-east-2", Account: "111111111111"},
		},
		{Entry{URL: "http://localhost:4566/000000000000/q"}, awsscope.Place{Account: "000000000000"}},
		{Entry{}, awsscope.Place{}},
	} {
		if got := test.queue.At(); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.queue.Title(), got, test.want)
		}
	}
}
