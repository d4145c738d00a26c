package storage

import (
	"context"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// slogToZap hands what store and engine log to the collector's logger.
type slogToZap struct {
	log   *zap.Logger
	group string
}

func level(l slog.Level) zapcore.Level {
	switch {
	case l >= slog.LevelError:
		return zapcore.ErrorLevel
	case l >= slog.LevelWarn:
		return zapcore.WarnLevel
	case l >= slog.LevelInfo:
		return zapcore.InfoLevel
	default:
		return zapcore.DebugLevel
	}
}

// Enabled implements slog.Handler.
func (h *slogToZap) Enabled(_ context.Context, l slog.Level) bool {
	return h.log.Core().Enabled(level(l))
}

// Handle implements slog.Handler.
func (h *slogToZap) Handle(_ context.Context, r slog.Record) error {
	ce := h.log.Check(level(r.Level), r.Message)
	if ce == nil {
		return nil
	}
	fields := make([]zap.Field, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		fields = append(fields, h.field(a))
		return true
	})
	ce.Write(fields...)
	return nil
}

func (h *slogToZap) field(a slog.Attr) zap.Field {
	return zap.Any(h.group+a.Key, a.Value.Resolve().Any())
}

// WithAttrs implements slog.Handler.
func (h *slogToZap) WithAttrs(attrs []slog.Attr) slog.Handler {
	fields := make([]zap.Field, len(attrs))
	for i, a := range attrs {
		fields[i] = h.field(a)
	}
	return &slogToZap{log: h.log.With(fields...), group: h.group}
}

// WithGroup implements slog.Handler.
func (h *slogToZap) WithGroup(name string) slog.Handler {
	return &slogToZap{log: h.log, group: h.group + name + "."}
}
