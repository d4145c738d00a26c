package engine

// Pinned is the release of libchdb that windage is built and tested with.
var Pinned = struct{ Version, NPM string }{Version: "26.7.3", NPM: "26.7.3-stable.1"}
