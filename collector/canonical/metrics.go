package canonical

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/windage-dev/windage/model"
)

// MetricUsage is the name of the metrics that usage points travel as. Nothing
// of the SDK's own attributes is on them but what a point holds.
const MetricUsage = "windage.metric_usage"

const (
	keyPointMetric  = "windage.metric.name"
	keyPointScope   = "windage.metric.scope"
	keyPointCounts  = "windage.metric.counts"
	keyPointStream  = "windage.metric.stream"
	keyPointTotal   = "windage.metric.total"
	keyPointType    = "gen_ai.token.type"
	keyPointCount   = "windage.metric.count"
	keyPointRate    = "windage.metric.pico_usd_per_token"
	keyPointRow     = "windage.metric.price_row"
	keyPointReason  = "windage.metric.price_reason"
	keyPointEnv     = "deployment.environment.name"
	keyPointService = "service.name"
)

// EncodePoints writes usage points as metrics: one resource for each service
// and environment in a row, one sum of each temporality.
func EncodePoints(points []model.UsagePoint) pmetric.Metrics {
	md := pmetric.NewMetrics()
	type of struct{ service, environment string }
	scopes := map[of]pmetric.ScopeMetrics{}
	type series struct {
		of
		cumulative bool
	}
	sums := map[series]pmetric.Sum{}
	for i := range points {
		p := &points[i]
		k := series{of{p.ServiceName, p.Environment}, p.Cumulative}
		sum, ok := sums[k]
		if !ok {
			sm, ok := scopes[k.of]
			if !ok {
				rm := md.ResourceMetrics().AppendEmpty()
				put(rm.Resource().Attributes(), keyPointService, p.ServiceName)
				put(rm.Resource().Attributes(), keyPointEnv, p.Environment)
				sm = rm.ScopeMetrics().AppendEmpty()
				scopes[k.of] = sm
			}
			m := sm.Metrics().AppendEmpty()
			m.SetName(MetricUsage)
			sum = m.SetEmptySum()
			sum.SetIsMonotonic(true)
			sum.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
			if p.Cumulative {
				sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
			}
			sums[k] = sum
		}
		encodePoint(p, sum.DataPoints().AppendEmpty())
	}
	return md
}

func encodePoint(p *model.UsagePoint, dp pmetric.NumberDataPoint) {
	if !p.Start.IsZero() {
		dp.SetStartTimestamp(pcommon.NewTimestampFromTime(p.Start))
	}
	dp.SetTimestamp(pcommon.NewTimestampFromTime(p.At))
	dp.SetDoubleValue(p.Value)
	m := dp.Attributes()
	put(m, keyPointMetric, p.Metric)
	put(m, keyPointScope, p.ScopeName)
	put(m, keyDialect, p.Dialect)
	put(m, keyPointCounts, p.Counts)
	put(m, keyPointStream, strconv.FormatUint(p.Stream, 16))
	put(m, keyProvider, p.Provider)
	put(m, keyRequestModel, p.Model)
	put(m, keyOperation, p.Operation)
	put(m, keyPointType, p.TokenType)
	put(m, keyPointTotal, p.Total)
	put(m, keyErrorType, p.ErrorType)
	put(m, keyProduct, p.Product)
	if p.Count.Known {
		m.PutInt(keyPointCount, p.Count.N)
	}
	EncodeRate(p, m)
}

// EncodeRate adds the price of a point's tokens to its attributes: all that
// the pricing processor has to write.
func EncodeRate(p *model.UsagePoint, m pcommon.Map) {
	if p.Priced {
		m.PutInt(keyPointRate, int64(p.USDPerToken))
	}
	put(m, keyPointRow, p.PriceRow)
	put(m, keyPointReason, p.PriceReason)
}

// EachPoint gives the usage points in md, with the attributes of each.
func EachPoint(md pmetric.Metrics, do func(model.UsagePoint, pcommon.Map)) {
	for _, rm := range md.ResourceMetrics().All() {
		service, environment := "", ""
		if v, ok := rm.Resource().Attributes().Get(keyPointService); ok {
			service = v.AsString()
		}
		if v, ok := rm.Resource().Attributes().Get(keyPointEnv); ok {
			environment = v.AsString()
		}
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				if m.Name() != MetricUsage || m.Type() != pmetric.MetricTypeSum {
					continue
				}
				cumulative := m.Sum().AggregationTemporality() == pmetric.AggregationTemporalityCumulative
				for _, dp := range m.Sum().DataPoints().All() {
					p := decodePoint(dp)
					p.ServiceName, p.Environment, p.Cumulative = service, environment, cumulative
					do(p, dp.Attributes())
				}
			}
		}
	}
}

func decodePoint(dp pmetric.NumberDataPoint) model.UsagePoint {
	p := model.UsagePoint{At: dp.Timestamp().AsTime(), Value: dp.DoubleValue()}
	if dp.StartTimestamp() != 0 {
		p.Start = dp.StartTimestamp().AsTime()
	}
	for k, v := range dp.Attributes().All() {
		switch k {
		case keyPointMetric:
			p.Metric = v.AsString()
		case keyPointScope:
			p.ScopeName = v.AsString()
		case keyDialect:
			p.Dialect = v.AsString()
		case keyPointCounts:
			p.Counts = v.AsString()
		case keyPointStream:
			p.Stream, _ = strconv.ParseUint(v.AsString(), 16, 64)
		case keyProvider:
			p.Provider = v.AsString()
		case keyRequestModel:
			p.Model = v.AsString()
		case keyOperation:
			p.Operation = v.AsString()
		case keyPointType:
			p.TokenType = v.AsString()
		case keyPointTotal:
			p.Total = v.AsString()
		case keyErrorType:
			p.ErrorType = v.AsString()
		case keyProduct:
			p.Product = v.AsString()
		case keyPointCount:
			p.Count = model.Some(v.Int())
		case keyPointRate:
			p.Priced, p.USDPerToken = true, model.Money(v.Int())
		case keyPointRow:
			p.PriceRow = v.AsString()
		case keyPointReason:
			p.PriceReason = v.AsString()
		}
	}
	return p
}
