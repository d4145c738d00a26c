package blowout

import "github.com/windage-dev/windage/model"

// Plan is what a product may spend, in USD per 30 days; 0 where it has no budget.
type Plan struct{ MonthUSD float64 }

// When more spend wakes a person: at the pace of the week before it would eat
// a tenth of the budget or, without one, add a quarter to the bill.
const (
	pageOfBudget = 0.10
	pageOfSpend  = 0.25
	leastPerDay  = 1 // USD; below it nobody is woken
)

// severity of spend that grew by rel, a share of what it would be, where the
// product usually spends perHour.
func (p Plan) severity(rel, perHour float64) model.Severity {
	extra := rel * perHour
	switch {
	case extra*24 < leastPerDay:
		return model.Ticket
	case p.MonthUSD > 0 && extra*24*30 >= pageOfBudget*p.MonthUSD, p.MonthUSD <= 0 && rel >= pageOfSpend:
		return model.Page
	default:
		return model.Ticket
	}
}
