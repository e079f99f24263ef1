"""How any conversation works: events, cards, ports, flows, typed words. It knows no mentoring and no tables."""
