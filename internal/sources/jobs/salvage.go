package jobs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/migtop/migtop/internal/text"
)

// unreadable is an object that cannot be decoded: who it is, as far as that can be
// read, and why.
type unreadable struct {
	metav1.PartialObjectMetadata
	why string
}

// DeepCopyObject makes it an object among the others of a watch.
func (u *unreadable) DeepCopyObject() runtime.Object {
	return &unreadable{*u.DeepCopy(), u.why}
}

// identity identifies an object.
type identity struct {
	name, namespace, uid, version string
}

func (id identity) unreadable(why error) *unreadable {
	u := &unreadable{why: text.OneLine(why.Error())}
	u.Name, u.Namespace, u.UID, u.ResourceVersion = id.name, id.namespace, types.UID(id.uid), id.version
	return u
}

// salvage decodes a list of which some item cannot be: item by item, so that one costs
// the others nothing. The error is why the list as a whole cannot be read.
func salvage(body []byte, list runtime.Object) ([]*unreadable, error) {
	ptr, err := meta.GetItemsPtr(list)
	if err != nil {
		return nil, err
	}
	items := reflect.ValueOf(ptr).Elem()
	items.SetZero()
	var bad []*unreadable
	add := func(raw []byte, decode func(into any, raw []byte) error, who func([]byte) identity) {
		item := reflect.New(items.Type().Elem())
		if err := decode(item.Interface(), raw); err != nil {
			bad = append(bad, who(raw).unreadable(err))
			return
		}
		items.Set(reflect.Append(items, item.Elem()))
	}
	if enveloped, ok := bytes.CutPrefix(body, protobufMagic); ok {
		return bad, errors.Join(salvageProtobuf(enveloped, list, func(raw []byte) { add(raw, unmarshalProtobuf, protobufIdentity) }))
	}
	var l struct {
		Metadata metav1.ListMeta   `json:"metadata"`
		Items    []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(body, &l); err != nil {
		return nil, err
	}
	m, err := meta.ListAccessor(list)
	if err != nil {
		return nil, err
	}
	m.SetResourceVersion(l.Metadata.ResourceVersion)
	m.SetContinue(l.Metadata.Continue)
	m.SetRemainingItemCount(l.Metadata.RemainingItemCount)
	for _, raw := range l.Items {
		add(raw, func(into any, raw []byte) error { return json.Unmarshal(raw, into) }, jsonIdentity)
	}
	return bad, nil
}

// salvageProtobuf hands over the items of a list. Its fields are those that all lists of
// Kubernetes have: metadata is 1, items are 2.
func salvageProtobuf(envelope []byte, list runtime.Object, item func([]byte)) error {
	m, err := meta.ListAccessor(list)
	if err != nil {
		return err
	}
	return eachField(envelope, func(num protowire.Number, b []byte, _ uint64) error {
		if num != 2 {
			return nil
		}
		return eachField(b, func(num protowire.Number, b []byte, _ uint64) error {
			switch num {
			case 1:
				var l metav1.ListMeta
				if err := l.Unmarshal(b); err != nil {
					return err
				}
				m.SetResourceVersion(l.ResourceVersion)
				m.SetContinue(l.Continue)
				m.SetRemainingItemCount(l.RemainingItemCount)
			case 2:
				item(b)
			}
			return nil
		})
	})
}

func unmarshalProtobuf(into any, raw []byte) error {
	p, ok := into.(interface{ Unmarshal([]byte) error })
	if !ok {
		return fmt.Errorf("%T has no protobuf form", into)
	}
	return p.Unmarshal(raw)
}

// protobufIdentity reads an object's ObjectMeta, field 1 of every object, as far as it
// can be read.
func protobufIdentity(raw []byte) (id identity) {
	_ = eachField(raw, func(num protowire.Number, b []byte, _ uint64) error {
		if num != 1 || b == nil {
			return nil
		}
		return eachField(b, func(num protowire.Number, b []byte, _ uint64) error {
			switch num {
			case 1:
				id.name = string(b)
			case 3:
				id.namespace = string(b)
			case 5:
				id.uid = string(b)
			case 6:
				id.version = string(b)
			}
			return nil
		})
	})
	return id
}

func jsonIdentity(raw []byte) (id identity) {
	var o struct {
		Metadata map[string]json.RawMessage `json:"metadata"`
	}
	_ = json.Unmarshal(raw, &o)
	for key, to := range map[string]*string{"name": &id.name, "namespace": &id.namespace, "uid": &id.uid, "resourceVersion": &id.version} {
		_ = json.Unmarshal(o.Metadata[key], to)
	}
	return id
}

// lenient decodes as Kubernetes does. An object of a watch that cannot be decoded is
// handed on as an unreadable one, where it says which it is: client-go would end the
// watch there, and come to the same object again.
type lenient struct{ runtime.NegotiatedSerializer }

// DecoderToVersion is for answers and for the objects of watches.
func (l lenient) DecoderToVersion(d runtime.Decoder, v runtime.GroupVersioner) runtime.Decoder {
	return lenientDecoder{l.NegotiatedSerializer.DecoderToVersion(d, v)}
}

type lenientDecoder struct{ runtime.Decoder }

// Decode is for an object of a watch where into is nil: what is asked for is known then.
func (l lenientDecoder) Decode(b []byte, defaults *schema.GroupVersionKind, into runtime.Object) (runtime.Object, *schema.GroupVersionKind,
	error,
) {
	o, kind, err := l.Decoder.Decode(b, defaults, into)
	if err == nil || into != nil || defaults != nil {
		return o, kind, err
	}
	var id identity
	if enveloped, ok := bytes.CutPrefix(b, protobufMagic); ok {
		_ = eachField(enveloped, func(num protowire.Number, raw []byte, _ uint64) error {
			if num == 2 && raw != nil {
				id = protobufIdentity(raw)
			}
			return nil
		})
	} else {
		id = jsonIdentity(b)
	}
	if id.name == "" || id.version == "" {
		return o, kind, err
	}
	return id.unreadable(err), kind, nil
}

// unreadables are the objects that a watcher cannot read now, by namespace and name.
type unreadables map[string]string

func keyOf(o metav1.Object) string {
	if o.GetNamespace() == "" {
		return o.GetName()
	}
	return o.GetNamespace() + "/" + o.GetName()
}

func (u unreadables) add(bad []*unreadable) {
	for i, o := range bad {
		key := keyOf(o)
		if o.Name == "" { // it does not even say its name
			key = fmt.Sprintf("(without a name, %d)", i+1)
		}
		u[key] = o.why
	}
}

// note says how many there are, and names one; "" where there are none.
func (u unreadables) note() string {
	if len(u) == 0 {
		return ""
	}
	first := slices.Min(slices.Collect(maps.Keys(u)))
	return fmt.Sprintf("%s left out, one of them %s: %s",
		text.PluralOf(len(u), "object cannot be read and is", "objects cannot be read and are"), first, text.Cut(text.Plain(u[first]), maxQuote))
}

// keep marks an object that can no longer be decoded as still existing, or as gone. Its
// current state is unknown.
func (s *jobSink) keep(u *unreadable, gone bool) {
	now := s.clock.Now().Unix()
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[string(u.UID)]
	switch {
	case j == nil:
	case gone:
		j.gone, j.goneAt, j.unheard = true, now, j.finished == 0
	default:
		j.generation = s.generation
	}
}

func (s *podSink) keep(u *unreadable, gone bool) { s.model.keepPod(u, gone, s.generation) }

func (s *serviceSink) keep(u *unreadable, gone bool) { s.model.keepPod(u, gone, s.generation) }

func (m *model) keepPod(u *unreadable, gone bool, generation uint32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.pods[podName{u.Namespace, u.Name}]
	switch {
	case p == nil || p.uid != string(u.UID):
	case gone:
		m.removePod(p, m.clock.Now().Unix())
	default:
		p.generation = generation
	}
}

func (s *nodeSink) keep(u *unreadable, gone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.nodes[u.Name]
	switch {
	case n == nil:
	case gone && n.gone == 0:
		n.gone = s.clock.Now().Unix()
	case !gone:
		n.generation = s.generation
	}
}
