// Package filled gives values to whole structs, for tests that ask whether any
// field is forgotten on the way: written, sent, stored and read again. It knows
// the value types of model, and nothing of what the fields mean.
package filled

import (
	"fmt"
	"reflect"
	"time"

	"github.com/windage-dev/windage/model"
)

// Struct gives every exported field reachable from p, a pointer to a struct, a
// value that no other has, so that a field that is forgotten or read into
// another one shows. The values count from seed on, and times in milliseconds
// after at. Lists have two elements. It panics at a field of a kind that it
// has no value for.
func Struct(p any, seed int, at time.Time) {
	f := filler{n: seed, at: at}
	f.fill(reflect.ValueOf(p).Elem())
}

type filler struct {
	n  int
	at time.Time
}

func (f *filler) fill(v reflect.Value) {
	f.n++
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = f.at.Add(time.Duration(f.n) * time.Millisecond)
		return
	case *time.Duration:
		*x = time.Duration(f.n) * time.Millisecond
		return
	case *model.Int:
		*x = model.Some(int64(f.n))
		return
	case *model.Bool:
		*x = model.True
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d", f.n))
	case reflect.Int64, reflect.Int:
		v.SetInt(int64(f.n))
	case reflect.Uint64:
		v.SetUint(uint64(f.n) << 40)
	case reflect.Float64:
		v.SetFloat(float64(f.n) + 0.5)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Array: // ids
		for i := range v.Len() {
			v.Index(i).SetUint(uint64(f.n+i) % 256)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 2 {
			e := reflect.New(v.Type().Elem()).Elem()
			f.fill(e)
			v.SetMapIndex(reflect.ValueOf(fmt.Sprintf("key %d", f.n)), e)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				f.fill(v.Field(i))
			}
		}
	default:
		panic("filled: no value for a " + v.Type().String())
	}
}
