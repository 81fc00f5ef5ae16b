// Runs searches. One is under way at a time; while it is, the latest wish waits. A change of the filter alone re-uses the composed query.

import * as api from './api.js';
import { tree } from './filter.js';
import { asks, toUrl } from './query.js';
import { forget, requestOf } from './request.js';

/** Sends a query; when the server has forgotten a picture, once more with its bytes. */
export async function send(q, options, signal) {
  const ready = await requestOf(q, options);
  try {
    const answer = await api.search(ready.request, ready.parts, signal);
    ready.sent();
    return answer;
  } catch (problem) {
    if (problem.code !== 'unknown_picture') throw problem;
    forget();
    const whole = await requestOf(q, options);
    const answer = await api.search(whole.request, whole.parts, signal);
    whole.sent();
    return answer;
  }
}

/** What must be encoded anew when it differs. */
const composedPart = (q) => toUrl({ ...q, filters: {}, hit: null, compare: null, scores: true, cut: true });

export class Searcher {
  #busy = null;
  #next = null;
  #last = null;   // the composed part of the last answer, with its id

  /** @param told start(), answer(answer, query), more(answer), problem(problem) */
  constructor(told) {
    this.told = told;
  }

  get answer() {
    return this.#last?.answer ?? null;
  }

  /** Asks for a query. While the slider moves, nothing is broken off: the latest position follows the one under way. */
  run(q, { live = false } = {}) {
    if (!asks(q)) {
      this.#busy?.abort();
      this.#next = this.#last = null;
      return;
    }
    if (this.#busy) {
      this.#next = q;
      if (!live) this.#busy.abort();
      return;
    }
    this.#run(q);
  }

  async more() {
    const last = this.#last;
    if (!last?.answer.nextCursor || this.#busy) return;
    this.#busy = new AbortController();
    try {
      const page = await this.#page(last, this.#busy.signal);
      if (this.#last === last) {
        last.answer = { ...last.answer, nextCursor: page.nextCursor, hits: [...last.answer.hits, ...page.hits] };
        this.told.more(page, last.answer, last.query);
      }
    } catch (problem) {
      if (problem.name !== 'AbortError') this.told.problem(problem);
    } finally {
      this.#goOn();
    }
  }

  /** The next page; a query that has expired is sent anew. */
  async #page({ answer, query }, signal) {
    const where = { cursor: answer.nextCursor, filter: tree(query.filters) };
    try {
      return await api.again(answer.queryId, where, signal);
    } catch (problem) {
      if (problem.status !== 404) throw problem;
      answer.queryId = (await send(query, {}, signal)).queryId;
      return api.again(answer.queryId, where, signal);
    }
  }

  async #run(q) {
    const busy = new AbortController();
    this.#busy = busy;
    this.told.start(q);
    try {
      const began = performance.now(), composed = composedPart(q);
      const answer = this.#last?.composed === composed && this.#last.answer.queryId ? await this.#filtered(q, busy.signal) : await send(q, {}, busy.signal);
      this.#last = { composed, answer: { ...answer, took: performance.now() - began }, query: q };
      if (!busy.signal.aborted) this.told.answer(this.#last.answer, q);
    } catch (problem) {
      if (problem.name !== 'AbortError') {
        this.#last = null;
        this.told.problem(problem, q);
      }
    } finally {
      this.#goOn();
    }
  }

  /** The same query under other filters; a query that has expired is sent anew. */
  async #filtered(q, signal) {
    try {
      return { ...this.#last.answer, timings: {}, ...(await api.again(this.#last.answer.queryId, { filter: tree(q.filters) ?? { all: [] } }, signal)) };
    } catch (problem) {
      if (problem.status !== 404) throw problem;
      return send(q, {}, signal);
    }
  }

  #goOn() {
    this.#busy = null;
    const next = this.#next;
    this.#next = null;
    if (next) this.#run(next);
  }
}
