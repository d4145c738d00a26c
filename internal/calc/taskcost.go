package calc

import "github.com/windage-dev/windage/cost/rollup"

func init() {
	Register("", "task_cost", func(c *Case) (Values, error) { return rollup.TaskCost(c.Fields) })
}
