# The embedded ClickHouse. Its library is fetched once per user, outside of the tree.
engine: build ## get the embedded ClickHouse library with npm (pinned, checked, cached outside the tree)
	bin/windage engine fetch

.PHONY: engine
