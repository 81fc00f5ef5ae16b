// The page: what is asked stands in the store; here it is searched, and everything is shown anew when it changes.

import { announce, byId } from './dom.js';
import { plural } from './format.js';
import { startDetails, showDetails } from './details.js';
import { showBalance } from './balance.js';
import { showCompare, startCompare } from './compare.js';
import { setOpen, showFilters, startFilters } from './filters.js';
import { known, load } from './gallery.js';
import { allHits, gridHidden, showHits, slow, startGrid } from './grid.js';
import { startKeyboard } from './keyboard.js';
import { open, showPanel } from './panel.js';
import { showPictures, startPictures } from './pictures.js';
import { asks, isEmpty, toUrl } from './query.js';
import { Searcher } from './search.js';
import * as states from './states.js';
import { awaitReady, showIdle, showStatus, startStatus, waitsFor } from './status.js';
import { change, current, listen, reset, tell } from './store.js';
import { showTerms } from './terms.js';
import { sweep } from './uploads.js';
import { forgetWelcome, welcome } from './welcome.js';
import { showWords, startWords } from './words.js';

let asked = null;   // the part of the query that the shown hits answer
let sliding = false;

const searcher = new Searcher({
  start: () => {
    slow(true);
    if (waitsFor()) states.sayWaiting(waitsFor());
    else if (allHits().length === 0 && !current().compare) states.sayLooking();
  },
  answer: (answer, q) => {
    slow(false);
    if (q.compare) return;
    if (answer.hits.length === 0) states.sayNothingFound(answer, q);
    else states.sayAround(answer, q);
    showHits(answer.hits, answer.cutScore ?? null, sliding);
    showStatus(current(), answer);
    showDetails(current(), answer);
    showPanel(current(), answer);
    if (answer.hits.length > 0) announce(`${plural(answer.matched ?? answer.hits.length, 'picture')}, best first`);
    fill();
  },
  more: (_, answer) => {
    showHits(answer.hits, answer.cutScore ?? null);
    fill();
  },
  problem: (problem) => {
    slow(false);
    asked = null;
    showHits([], null);
    states.sayProblem(problem, () => seek(current()));
    showStatus(current(), null);
  },
});

/** More hits when the end of the grid is near. */
function fill() {
  if (!current().compare && byId('more').getBoundingClientRect().top < innerHeight + 900) searcher.more();
}

const question = (q) => toUrl({ ...q, hit: null, scores: true, cut: true });

function seek(q, kind = 'set') {
  const now = question(q);
  if (now === asked) return;
  asked = now;
  sliding = kind === 'slide';
  gridHidden(q.compare !== null || !asks(q));
  searcher.run(q.compare ? { ...q, pictures: [], words: '', and: [] } : q, { live: sliding });
  if (!asks(q)) {
    showHits([], null);
    showStatus(q, null);
    showDetails(q, null);
    welcome();
  } else if (q.compare) {
    showHits([], null);
    states.quiet();
  }
}

function show(q, previous, kind) {
  document.title = [q.words.trim(), known.gallery?.name, 'Cirrus'].filter(Boolean).join(' · ');
  byId('clear').hidden = isEmpty(q);
  showPictures(q);
  showWords(q);
  showTerms(q);
  showBalance(q);
  if (!known.gallery) return;
  seek(q, kind);
  showFilters(q);
  showDetails(q);
  showCompare(q);
  if (q.scores !== previous.scores || q.cut !== previous.cut) showHits(allHits(), searcher.answer?.cutScore ?? null);
  if (q.hit !== previous.hit || kind === 'start') showPanel(q, searcher.answer);
  if (kind !== 'slide' && kind !== 'type' && kind !== 'look' && kind !== 'open' && kind !== 'close' && question(q) !== question(previous)) scrollTo({ top: 0 });
}

function nameGallery() {
  const place = byId('gallery-name');
  if (known.galleries.length < 2) {
    place.textContent = known.gallery?.name ?? '';
    return;
  }
  const select = document.createElement('select');
  select.setAttribute('aria-label', 'Gallery');
  select.append(...known.galleries.map((g) => new Option(g.name, g.name, false, g.name === known.gallery.name)));
  select.addEventListener('change', () => {
    history.pushState(null, '', `${location.pathname}?g=${encodeURIComponent(select.value)}`);
    location.reload();
  });
  place.replaceChildren(select);
}

async function start() {
  startWords();
  startPictures();
  startGrid(open);
  startDetails();
  startFilters();
  startKeyboard();
  startStatus(() => { asked = null; forgetWelcome(); seek(current()); showFilters(current()); });
  startCompare((problem) => states.sayProblem(problem, () => showCompare(current())));
  listen(show);
  byId('sentence').addEventListener('submit', (e) => e.preventDefault());
  byId('clear').addEventListener('click', () => { reset(); byId('words').focus(); });
  byId('sentence').addEventListener('click', (e) => e.target === byId('sentence') && byId('words').focus());
  addEventListener('scroll', () => { document.querySelector('.top').classList.toggle('lifted', scrollY > 4); fill(); }, { passive: true });
  new ResizeObserver(([top]) => document.documentElement.style.setProperty('--top', `${Math.round(top.borderBoxSize[0].blockSize)}px`)).observe(document.querySelector('.top'));
  tell();
  try {
    await load(current().gallery);
  } catch (problem) {
    states.sayProblem(problem, () => location.reload());
    return;
  }
  if (!known.gallery) {
    if (known.galleries.length > 0) states.sayOtherGalleries(current().gallery);
    else states.sayNoGallery();
    return;
  }
  nameGallery();
  const failed = (problem) => states.sayProblem(problem, () => location.reload());
  showIdle();
  if (Object.keys(current().filters).length > 0 && matchMedia('(min-width: 60rem)').matches) setOpen(true);
  if (known.gallery.state === 'failed') failed({ message: known.gallery.problem ?? 'The gallery’s model could not be loaded.', hint: known.gallery.hint ?? '' });
  else tell();
  showStatus(current(), searcher.answer);
  sweep();
  if (await awaitReady(load, failed)) asked = null;
  tell(current(), 'ready');
}

// The first frame shows the page's own markup and waits for none of this.
if (document.hidden) start();
else requestAnimationFrame(() => setTimeout(start));
