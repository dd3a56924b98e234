// The only module that touches the browser's history. Python says what the address shall be (address.py), pictures say
// where their cursors rest (components/browser/streamlit.js), the reader goes back and forward.
//
// What a picture says is written into the address at once and kept in `said`, over what Python wishes, until Python knows
// it too. Python is told, and the page runs, only where a picture says something else than Python has taken for granted.

const S = (window.seqvizDocument ??= {
  path: null, // of the page that is shown
  wished: {}, // the address as Python last wished it
  of: null, // what is shown, as Python counts it: a cursor that stood in something else is of no interest
  moves: 0, // the steps in the history that Python has made
  session: null, // that of the server which counts its wishes
  wishes: 0, // the newest one that was heard
  said: {}, // by parameter: a value, and the number of the message in which Python was told, Infinity for none
  number: 0, // of the last message
  seen: 0, // the last one that Python has read
  went: 0, // the last one that said that the reader went back
});

const here = () => Object.fromEntries(new URLSearchParams(location.search));

/** Makes this the address; null leaves a parameter out. Returns whether that changed it. */
function write(how, address) {
  const entries = Object.entries(address).filter(([, value]) => value !== null).map(([name, value]) => [name, String(value)]);
  const text = (pairs) => new URLSearchParams([...pairs].sort()).toString();
  if (text(entries) === text(Object.entries(here()))) return false;
  const url = new URL(location.href);
  url.search = new URLSearchParams(entries);
  history[how](history.state, "", url);
  return true;
}

/** What Python has not read yet. */
const unread = () => Object.entries(S.said).filter(([, { message }]) => message !== Infinity && message > S.seen);

const values = (entries) => Object.fromEntries(entries.map(([name, { value }]) => [name, value]));

/** Tells Python, in the state of this component: there it stays until something else is told. */
function tell(message) {
  S.tell?.({ seq: S.number, ...message });
}

/** A picture says where its cursor rests; prevented, where nobody can say yet what is shown. */
function onPlace(event) {
  const { place, picture, assumed } = event.detail;
  const { of = S.of, ...usual } = picture;
  if (location.pathname !== S.path) return; // of a page that is being left
  if (S.went > S.seen) return event.preventDefault();
  if (of !== S.of) return; // of a picture that is being replaced
  const now = here();
  const known = { ...assumed, ...S.wished, ...values(unread()) };
  const isNews = Object.keys(assumed).some((name) => String(place[name] ?? null) !== String(known[name] ?? null));
  if (isNews) S.number += 1;
  const missing = Object.entries(usual).filter(([name]) => !(name in now));
  for (const [name, value] of missing) S.said[name] = { value, message: Infinity };
  for (const [name, value] of Object.entries(place)) {
    S.said[name] = { value, message: isNews && name in assumed ? S.number : Infinity };
  }
  write("replaceState", { ...now, ...Object.fromEntries(missing), ...place }); // a push would fill the way back
  if (isNews) tell({ of, place: values(unread()) });
}

/** The reader went back or forward. Streamlit hears it too and runs the page, which the run that we ask for cuts short. */
function onPop() {
  if (location.pathname !== S.path) return; // another page, which Streamlit opens and Python reads
  S.said = {};
  S.went = S.number += 1;
  dispatchEvent(new CustomEvent("seqviz:address", { detail: { byReader: true } }));
  tell({ went: here() });
}

if (!S.hears) {
  S.hears = true;
  addEventListener("seqviz:place", onPlace);
  addEventListener("popstate", onPop);
}

export default ({ data, setStateValue }) => {
  if (data.whole) {
    const root = document.documentElement;
    if (root.dataset.page !== data.page) document.querySelector(".stMain")?.scrollTo(0, 0); // Streamlit leaves it to chance
    root.dataset.page = data.page;
    root.lang = data.lang; // Streamlit always serves "en", and a screen reader needs the true language
    S.tell = (message) => setStateValue("told", message);
  }
  // While a run is under way, Streamlit may draw once more what it has from an older one.
  if (data.session === S.session && data.wishes <= S.wishes) return;
  Object.assign(S, { session: data.session, wishes: data.wishes });
  const isArrival = location.pathname !== S.path || data.seen < S.seen; // the latter from a server that knows nothing of us
  const isStep = !isArrival && data.moves > S.moves;
  if (isArrival) Object.assign(S, { said: {}, went: 0, wished: {} });
  const { wished } = S;
  Object.assign(S, { path: location.pathname, moves: data.moves, seen: data.seen });
  if (S.went > S.seen) return; // of before the reader went back
  if (data.of !== S.of) S.said = {};
  Object.assign(S, { of: data.of, wished: data.address });
  for (const [name, { message }] of Object.entries(S.said)) {
    const isOther = name in data.address && data.address[name] !== wished[name]; // Python says something new of it
    if (message <= S.seen || (message === Infinity && isOther)) delete S.said[name];
  }
  const isChanged = write(isStep ? "pushState" : "replaceState", { ...data.address, ...values(Object.entries(S.said)) });
  if (isChanged) dispatchEvent(new CustomEvent("seqviz:address", { detail: { byReader: false } }));
};
