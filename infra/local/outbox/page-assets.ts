import { createHash } from 'node:crypto';

/** Style and script of the outbox page. They are inline, and named by their hashes in its policy. */

export const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; --line: #8884; --soft: #8882; }
body { margin: 0 auto; max-width: 68rem; padding: 1rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: baseline; }
h1 { font-size: 1.4rem; margin: 0; }
nav { display: flex; gap: .75rem; }
nav [aria-current] { font-weight: 600; text-decoration: none; color: inherit; }
#state { margin-left: auto; opacity: .7; }
article { border-top: 1px solid var(--line); }
main { border-bottom: 1px solid var(--line); margin: 1rem 0; }
main:empty::before { content: "Nothing went out yet."; display: block; padding: 2rem 0; opacity: .7; }
summary { display: grid; grid-template-columns: 5.5rem minmax(8rem, 16rem) 1fr auto; gap: .75rem; }
summary { padding: .5rem .25rem; cursor: pointer; }
summary:hover, details[open] > summary { background: var(--soft); }
summary > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.kind { font-size: .8rem; text-transform: uppercase; letter-spacing: .04em; opacity: .8; }
.failed .kind { color: #c92a2a; opacity: 1; }
time { opacity: .7; font-variant-numeric: tabular-nums; }
.content { padding: .5rem .25rem 1.25rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 0 .75rem; }
dt { opacity: .7; }
dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 0 0 .75rem; padding: .75rem; background: var(--soft); border-radius: .4rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 30rem; overflow-y: auto; }
iframe { width: 100%; height: 26rem; border: 1px solid var(--line); border-radius: .4rem; margin-bottom: .75rem; }
iframe { background: #fff; color-scheme: light; }
@media (max-width: 40rem) { summary { grid-template-columns: 5.5rem 1fr; gap: .1rem .75rem; } }
`;

/** Adds what is new to the list, and leaves the rest as it is: open messages stay open. */
export const script = `
const list = document.querySelector('main');
const state = document.querySelector('#state');
let tag = document.body.dataset.tag;
let busy = false;
const merge = (fresh) => {
  const articles = [...fresh.querySelector('main').children];
  const ids = new Set(articles.map((each) => each.id));
  for (const each of [...list.children]) if (!ids.has(each.id)) each.remove();
  let place = list.firstElementChild;
  for (const each of articles) {
    if (place !== null && place.id === each.id) place = place.nextElementSibling;
    else list.insertBefore(document.adoptNode(each), place);
  }
  const more = document.querySelector('footer');
  more.replaceChildren(...[...fresh.querySelector('footer').children].map((each) => document.adoptNode(each)));
};
const refresh = async () => {
  if (busy || document.hidden) return;
  busy = true;
  try {
    const headers = { Accept: 'text/html', 'If-None-Match': tag };
    const answer = await fetch(location.href, { headers, cache: 'no-store' });
    if (answer.status === 200) {
      merge(new DOMParser().parseFromString(await answer.text(), 'text/html'));
      tag = answer.headers.get('etag');
    }
    state.textContent = answer.status === 200 || answer.status === 304 ? 'live' : 'not available';
  } catch {
    state.textContent = 'not connected';
  }
  busy = false;
};
setInterval(refresh, 1000);
document.addEventListener('visibilitychange', refresh);
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * Content-Security-Policy of the page: its own script and style, and frames for e-mails only, wherever a link in one
 * points to.
 * @param host value of the `Host` header
 */
export const pagePolicy = (host: string): string =>
  `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; connect-src 'self'; img-src data:; ` +
  `frame-src http://${host}/_local/outbox/email/; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/**
 * Content-Security-Policy of an e-mail's HTML. It has an origin of its own, runs no script, sends no form and loads
 * nothing, in the frame and outside it.
 */
export const mailPolicy =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'self'";
