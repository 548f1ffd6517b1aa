"""The trusted side: seeds, weights, tokens, clock, reference, statistics, verdict. Never imports miner code."""
