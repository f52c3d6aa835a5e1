import { expect, test } from 'vitest';
import {
  hostilePairs,
  hostilePlaces,
  type Pair,
} from '#functions/messaging/email-templates/hostile-templates.fixture.ts';
import { pagesAt } from '../browser.ts';

/** HTML of e-mails as Chromium reads it. */

const open = pagesAt((path) => path);

/** Judges e-mails in the browser; as a text, because it runs there. */
const judge = `(pairs) => {
  const parse = (html) => new DOMParser().parseFromString(html, 'text/html');
  const shape = (html) =>
    [...parse(html).querySelectorAll('*')].map((element) =>
      [element.localName, ...[...element.attributes].map(({ name }) => name)].join(' '),
    ).join(', ');
  const forbidden = new Set(['script', 'iframe', 'object', 'embed', 'svg', 'math', 'base', 'template', 'noscript']);
  const schemes = new Set(['http:', 'https:', 'mailto:', 'tel:', 'cid:']);
  const base = 'https://base.invalid/';
  // What is no address leads nowhere.
  const isHarmless = (value) => !URL.canParse(value, base) || schemes.has(new URL(value, base).protocol);
  const addresses = ['href', 'src', 'action', 'formaction', 'background', 'poster', 'data', 'xlink:href'];
  const faultOf = (element) => {
    if (forbidden.has(element.localName)) return 'element ' + element.localName;
    for (const { name, value } of element.attributes) {
      if (name.startsWith('on') || name === 'srcdoc') return 'attribute ' + name;
      if (addresses.includes(name) && !isHarmless(value)) return name + ' ' + value;
    }
  };
  return pairs.flatMap(({ source, hostile, harmless }) => {
    const fault = [...parse(hostile).querySelectorAll('*')].map(faultOf).find(Boolean);
    if (fault) return [fault + ' in ' + source];
    return shape(hostile) === shape(harmless) ? [] : ['values change the elements of ' + source];
  });
}`;

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

test('values are no markup in any template that is accepted, and no address runs a script', async () => {
  const pairs = hostilePairs(30_000, seed);
  expect(pairs.length, `seed ${seed}`).toBeGreaterThan(1_000);
  const { page } = await open('about:blank');
  const faults = (await page.evaluate(`(${judge})(${JSON.stringify(pairs)})`)) as string[];
  expect(faults, `seed ${seed}`).toEqual([]);
  // The judge finds faults: the same e-mails without escaping.
  const broken = pairs.map((pair): Pair => ({ ...pair, hostile: pair.harmless.replace('x', '<img src=x onerror=y>') }));
  expect(await page.evaluate(`(${judge})(${JSON.stringify(broken)}).length`)).toBeGreaterThan(100);
});

test('the HTML of e-mails, opened in Chromium and clicked, runs no script', async () => {
  const { page } = await open('about:blank');
  const run = async (html: string): Promise<unknown> => {
    await page.setContent(html, { waitUntil: 'load' });
    return page.evaluate(`(() => {
      for (const link of document.querySelectorAll('a, button, input, form')) {
        link.addEventListener('click', (event) => {
          // An address is not followed, but a script may run.
          if (!/^javascript:/.test(link.href ?? '')) event.preventDefault();
        });
        link.focus();
        link.click();
        link.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
      }
      return new Promise((resolve) => setTimeout(() => resolve(globalThis.hit ?? 'none'), 0));
    })()`);
  };
  // It would notice a script.
  expect(await run('<img src="x:" onerror="globalThis.hit=1">')).toBe(1);
  await page.goto('about:blank');
  expect(await run('<a href="javascript:globalThis.hit=1">a</a>')).toBe(1);
  await page.goto('about:blank');
  await page.goto('about:blank');
  const emails = hostilePlaces();
  expect(emails.length).toBeGreaterThan(300);
  for (const { source, hostile } of emails) expect(await run(hostile), `${source} as ${hostile}`).toBe('none');
});
