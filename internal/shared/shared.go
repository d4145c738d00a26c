// Package shared lets several instances of one collector component, one for
// each pipeline, have one thing between them that is started and ended once.
package shared

import (
	"context"
	"sync"

	"go.opentelemetry.io/collector/component"
)

// Map holds what is shared, by the configuration it was made from.
type Map[K comparable, V component.Component] struct {
	mu sync.Mutex
	m  map[K]*Component[V]
}

// Load gives what was made for the key, or makes it.
func (m *Map[K, V]) Load(key K, create func() (V, error)) (*Component[V], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c, ok := m.m[key]; ok {
		return c, nil
	}
	v, err := create()
	if err != nil {
		return nil, err
	}
	c := &Component[V]{V: v, forget: func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.m, key)
	}}
	if m.m == nil {
		m.m = map[K]*Component[V]{}
	}
	m.m[key] = c
	return c, nil
}

// Component starts its V at the first Start and ends it at the last Shutdown.
type Component[V component.Component] struct {
	V      V
	forget func()

	mu    sync.Mutex
	users int
}

// Start implements component.Component.
func (c *Component[V]) Start(ctx context.Context, host component.Host) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.users == 0 {
		if err := c.V.Start(ctx, host); err != nil {
			return err
		}
	}
	c.users++
	return nil
}

// Shutdown implements component.Component. It may be called without Start.
func (c *Component[V]) Shutdown(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.users > 1 {
		c.users--
		return nil
	}
	started := c.users == 1
	c.users = 0
	c.forget()
	if !started {
		return nil
	}
	return c.V.Shutdown(ctx)
}
