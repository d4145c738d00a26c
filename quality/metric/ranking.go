package metric

import (
	"math"
	"sort"
)

// DCG is the discounted cumulative gain Σ rel/log₂(rank+1) of one ranking by
// score, down to rank k (0 for all). Items with equal scores share the mean of
// their relevances, so that the value does not hang on their order.
func DCG(relevance, score []float64, k int) float64 {
	order := make([]int, len(score))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return score[order[i]] > score[order[j]] })
	var total float64
	for i := 0; i < len(order); {
		j := i
		var rel, discount float64
		for ; j < len(order) && score[order[j]] == score[order[i]]; j++ {
			rel += relevance[order[j]]
			if k <= 0 || j < k {
				discount += 1 / math.Log2(float64(j)+2)
			}
		}
		total += rel / float64(j-i) * discount
		i = j
	}
	return total
}

// NDCG is DCG divided by the DCG of the best order; 0 when nothing is relevant.
func NDCG(relevance, score []float64, k int) float64 {
	best := DCG(relevance, relevance, k)
	if best == 0 {
		return 0
	}
	return DCG(relevance, score, k) / best
}

// LabelRankingAP is the mean over relevant items of the share of relevant items
// among those ranked at least as high (label ranking average precision); 1 when
// all or none are relevant.
func LabelRankingAP(relevant []bool, score []float64) float64 {
	var n int
	for _, r := range relevant {
		if r {
			n++
		}
	}
	if n == 0 || n == len(relevant) {
		return 1
	}
	var total float64
	for i, r := range relevant {
		if !r {
			continue
		}
		var rank, hits float64
		for j, s := range score {
			if s >= score[i] {
				rank++
				if relevant[j] {
					hits++
				}
			}
		}
		total += hits / rank
	}
	return total / float64(n)
}
