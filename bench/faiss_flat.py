"""FAISS's exact search (IndexFlatIP) over random unit vectors. Usage: faiss_flat.py ROWS WIDTH THREADS"""
import sys
import time

import faiss
import numpy as np

rows, width, threads = map(int, sys.argv[1:4])
faiss.omp_set_num_threads(threads)
rng = np.random.default_rng(0)


def unit(n):
    x = rng.standard_normal((n, width), dtype=np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def median_ms(queries, runs):
    index.search(queries, 10)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        index.search(queries, 10)
        times.append(time.perf_counter() - start)
    return sorted(times)[runs // 2] * 1e3


index = faiss.IndexFlatIP(width)
index.add(unit(rows))
queries = unit(64)
print(f"flat 1 query: {median_ms(queries[:1], 5):.1f} ms; 64 queries: {median_ms(queries, 3):.1f} ms")
