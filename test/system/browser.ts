import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Locator, type Page, type Request } from 'playwright-core';
import { second } from '#schema/time.ts';
import { afterAll, onTestFinished } from 'vitest';

/** Size of the window in CSS pixels, and device pixels per CSS pixel. */
export type Look = { readonly width?: number; readonly height?: number; readonly scale?: number };

/** A page in its own browser context, and its violations so far. */
export type OpenPage = {
  readonly page: Page;
  /** Console errors and warnings (including violations of the Content-Security-Policy), and requests to other hosts. */
  readonly complaints: readonly string[];
};

/** Debian's Chromium. Requests to its vendor's services are off: without a network they would be logged as errors. */
const program = '/usr/bin/chromium';
const switches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Milliseconds for which an action waits; a busy machine renders slowly. */
const timeout = 55 * second;

/** How a browser and its pages begin. */
export type Beginning = {
  /** The namespace of the network in which it runs (ip-netns(8)), when the first page opens. Default: this one. */
  readonly namespace?: () => string;
  /** Switches of Chromium besides those of all tests. */
  readonly switches?: readonly string[];
  /** A script that runs in each page before those of the page. */
  readonly script?: string;
  /** Whether pages stay open for all tests of a file. Default: each closes with its test. */
  readonly isKept?: boolean;
};

const openBrowser = ({ switches: more = [], namespace }: Beginning): Promise<Browser> =>
  chromium.launch({
    executablePath: namespace === undefined ? program : programIn(namespace()),
    args: [...switches, ...more],
  });

/** A script that starts Chromium in a namespace of the network. */
function programIn(namespace: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'trunkline-browser-')), 'chromium');
  writeFileSync(file, `#!/bin/sh\nexec ip netns exec ${namespace} ${program} "$@"\n`, { mode: 0o700 });
  return file;
}

/** Opens an address in a new browser context. */
async function openPage(
  browser: Browser,
  address: string,
  { width = 1280, height = 900, scale = 1, script }: Look & Pick<Beginning, 'script'> = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: scale,
    colorScheme: 'light',
    reducedMotion: 'reduce',
    // A cloud of this machine has a certificate of its own.
    ignoreHTTPSErrors: true,
  });
  context.setDefaultTimeout(timeout);
  if (script !== undefined) await context.addInitScript(script);
  const page = await context.newPage();
  const { origin } = new URL(address);
  const complaints: string[] = [];
  page.on('console', (message) => {
    // Other tests of the run add networks to the machine; the browser asks again then.
    if (message.text().includes('net::ERR_NETWORK_CHANGED')) return;
    // What failed to load is named in its place only.
    const { pathname } = new URL(message.location().url || address);
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`${message.text()} ${pathname}`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { origin: asked, protocol } = new URL(request.url());
    if (asked !== origin && protocol !== 'data:') complaints.push(`asks ${request.url()}`);
  });
  await load(page, address);
  return { page, complaints };
}

/**
 * Opens an address. Other tests of the run add networks to the machine, and Chromium then drops what it loads: a page
 * of which a part was dropped is loaded again.
 */
async function load(page: Page, address: string): Promise<void> {
  const dropped = new Set<string>();
  const note = (request: Request): void => {
    if (request.failure()?.errorText === 'net::ERR_NETWORK_CHANGED') dropped.add(request.url());
  };
  page.on('requestfailed', note);
  do {
    dropped.clear();
    await page.goto(address).catch((error: unknown) => {
      if (dropped.size === 0) throw error;
    });
  } while (dropped.size > 0);
  page.off('requestfailed', note);
}

/**
 * Opens pages in one browser for all tests of a `describe`. The browser starts with the first page; each page closes
 * with its test, if it is not kept.
 */
export function pagesAt(
  addressOf: (path: string) => string,
  beginning: Beginning = {},
): (path: string, look?: Look) => Promise<OpenPage> {
  let browser: Promise<Browser> | undefined;
  afterAll(async () => (await browser)?.close());
  return async (path, look) => {
    const opened = await openPage(await (browser ??= openBrowser(beginning)), addressOf(path), {
      ...look,
      ...beginning,
    });
    if (beginning.isKept !== true) onTestFinished(() => opened.page.context().close());
    return opened;
  };
}

/** Texts of the elements by which a page is wider than its window, outermost first; none if it fits. */
export const tooWide = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll('body *')].filter(
      (each) => each.getBoundingClientRect().right > clientWidth,
    );
    return [
      scrollWidth + ' px',
      ...wide.map((each) => each.tagName + ' ' + each.className + ' ' + (each.textContent ?? '').slice(0, 40)),
    ];
  })()`);

/** Background colour of a page. */
export const ground = (page: Page): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');

/** Saves a screenshot of a page or a part of it in the folder `SCREENSHOTS`, for README.md; without it, none. */
export async function photograph(shown: Page | Locator, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await shown.screenshot({ path: join(folder, `${name}.png`) });
}
