package detect

import "slices"

// found is a finding with its series.
type found struct {
	w        *watch
	f        finding
	explains []string
	by       string // the series that it is attached to
}

// group makes one page of one cause: findings of a product that began together
// are attached to the one that paged first, and a slice to its parent.
func group(all []*found) {
	byProduct := map[string][]*found{}
	var products []string
	for _, x := range all {
		if x.f.page {
			if byProduct[x.w.Product] == nil {
				products = append(products, x.w.Product)
			}
			byProduct[x.w.Product] = append(byProduct[x.w.Product], x)
		}
	}
	const near = 3
	for _, p := range products {
		refs := byProduct[p]
		slices.SortStableFunc(refs, func(a, b *found) int {
			if d := a.f.opened - b.f.opened; d != 0 {
				return d
			}
			if (a.w.Parent == "") != (b.w.Parent == "") {
				if a.w.Parent == "" {
					return -1
				}
				return 1
			}
			switch {
			case a.f.log > b.f.log:
				return -1
			case a.f.log < b.f.log:
				return 1
			}
			return 0
		})
		var heads []*found
		for _, x := range refs {
			attached := false
			for _, h := range heads {
				open := h.f.closed < 0 || x.f.opened < h.f.closed
				together := x.f.start >= h.f.start-near && x.f.start <= h.f.opened+near
				family := open && (x.w.Parent == h.w.Name || h.w.Parent == x.w.Name && x.w.Name != "")
				if open && together || family {
					x.f.page, x.by = false, h.w.Name
					h.explains = append(h.explains, x.w.Name)
					attached = true
					break
				}
			}
			if !attached {
				heads = append(heads, x)
			}
		}
	}
}
