import { globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { consumers } from '#functions/system/consumers/all-consumers.ts';
import { contracts, contractsByArea, services } from '#functions/contracts.ts';
import { bundleContents, importChain, readMetafile, type BundleContent } from '#infra/bundle-inputs.ts';
import { bundledFunctions } from '#infra/bundle.ts';
import { root } from '#infra/esbuild-options.ts';
import type { Derive } from '#contract/derived.ts';
import { effectsOf, type Consumer, type FunctionContract } from '#contract/resource.ts';
import { assetsIn } from '#runtime/assets.ts';

/**
 * KiB. Every function has the client of the store, zod and the logger, and jose if it answers requests; a cold start
 * pays for each further KiB. `npm run bench -- pipeline` lists every bundle with its largest inputs.
 */
const defaultBudget = 480;
const budgets: Readonly<Record<string, number>> = {
  auth: 560,
  'single-sign-on': 560,
  webhooks: 520,
  // The settings of all areas, and common passwords (zxcvbn), which are read when a password is set.
  organizations: 960,
  // Common passwords.
  'password-resets': 920,
  // Descriptions of numbers, addresses, credentials and settings of trunks, gateways and devices.
  'sip-trunks': 500,
  'sip-gateways': 500,
  devices: 500,
  // How emergency numbers may be written, and common passwords.
  users: 960,
  // How records of all classes are read and deleted.
  purges: 500,
  // Time zones (luxon).
  provisioning: 560,
  summary: 540,
  // Time zones, and iCalendar files (ts-ics).
  schedules: 620,
  // Holidays of all countries, and the zones, moons and calendars by which they are computed (date-holidays).
  holidays: 1_900,
  // QR codes.
  'two-factor': 600,
  // Numbering plans of the largest countries.
  numbers: 580,
  // The client of S3, which reads the images.
  branding: 600,
  // The client of S3, for one of them with that of Secrets Manager.
  'sms-exports': 640,
  'sms-logs': 640,
  // That, and decoders of MP3 and Opus.
  uploads: 780,
  // The clients of S3 and Polly.
  speech: 560,
  // The cascades of all resources with their descriptions, and the clients of SES and Secrets Manager.
  consequences: 620,
  // Patterns (re2js) and, for all but the search, time zones (luxon).
  'call-flows': 760,
  'dialplan-policies': 760,
  'dialplan-search': 640,
  'dialplan-template': 720,
  'emergency-warnings': 640,
  // Patterns, time zones and numbering plans, for prepaid balances.
  'dialplan-evaluator': 1_000,
  // Text from HTML (html-to-text with its parser), for two of them with the client of S3.
  'email-templates': 720,
  'email-delivery': 1_040,
  email: 920,
  // Text from HTML, for e-mail templates, and time zones, for quiet hours.
  notifier: 780,
  // Numbering plans, the clients of S3 and Secrets Manager, messages of RFC 5322 (nodemailer), and ten consumers.
  jobs: 1_160,
  // Numbering plans, time zones, and readers of CSV (csv-parse) and XML (htmlparser2).
  cdr: 920,
  // Time zones, and the reader of CSV.
  'cdr-mappings': 560,
  // Numbering plans (libphonenumber-js).
  'call-handling': 640,
  'call-history': 640,
  calls: 700,
  sms: 700,
  'flow-sms': 640,
  'sms-opt-outs': 640,
  'sms-delivery': 780,
  'cdr-ingest': 740,
  'cdr-backlog': 740,
  'cdr-wholesale': 720,
  rates: 740,
};

/** What is heavy or another area's business, and the functions that serve it. */
const served: Readonly<Record<string, { readonly input: RegExp; readonly by: readonly string[] }>> = {
  re2js: {
    input: /node_modules\/re2js\//,
    by: [
      'call-flows',
      'dialplan-evaluator',
      'dialplan-policies',
      'dialplan-search',
      'dialplan-template',
      'emergency-warnings',
    ],
  },
  'the evaluator of dial plans': {
    input: /^functions\/dialplan\/plan\/(decide|matcher\/automata)[.]ts$/,
    by: [
      'call-flows',
      'dialplan-evaluator',
      'dialplan-policies',
      'dialplan-search',
      'dialplan-template',
      'emergency-warnings',
    ],
  },
  'the list of common passwords': {
    input: /node_modules\/@zxcvbn-ts\//,
    by: ['organizations', 'password-resets', 'users'],
  },
  luxon: {
    input: /node_modules\/luxon\//,
    by: [
      'call-flows',
      'cdr',
      'cdr-backlog',
      'cdr-ingest',
      'cdr-mappings',
      'cdr-wholesale',
      'dialplan-evaluator',
      'dialplan-policies',
      'dialplan-template',
      'emergency-warnings',
      'jobs',
      'notifier',
      'provisioning',
      'rates',
      'schedules',
      'sms-delivery',
      'summary',
    ],
  },
  'libphonenumber-js': {
    input: /node_modules\/libphonenumber-js\//,
    by: [
      'call-handling',
      'call-history',
      'calls',
      'cdr',
      'cdr-backlog',
      'cdr-ingest',
      'cdr-wholesale',
      'dialplan-evaluator',
      'flow-sms',
      'jobs',
      'numbers',
      'rates',
      'sms',
      'sms-delivery',
      'sms-opt-outs',
    ],
  },
};

const folder = await bundledFunctions();
const metafile = readMetafile(folder);
const contents = new Map(bundleContents(metafile).map((content) => [content.name, content]));
const names = contracts.map(({ name }) => name);

/** An input, how large it is, and by which imports it comes. */
function traceOf({ name, entry }: BundleContent, label: string, file: string, bytes: number): string {
  // No import names a file whose path is put together at run time.
  const chain = importChain(metafile, entry, file).join(' → ') || file;
  return `${name} bundles ${label} (${Math.ceil(bytes / 1024)} KiB): ${chain}`;
}

test.each(names)('the bundle of %s is within its budget', (name) => {
  expect((contents.get(name)?.bytes ?? Infinity) / 1024).toBeLessThanOrEqual(budgets[name] ?? defaultBudget);
});

test('every budget belongs to a function', () => {
  expect(names).toEqual(expect.arrayContaining(Object.keys(budgets)));
});

test.each(Object.entries(served))('%s is bundled by the functions that serve it alone', (label, { input, by }) => {
  const found = [...contents.values()].flatMap((content) => {
    const inputs = content.inputs.filter(({ file }) => input.test(file));
    const [largest] = inputs;
    const bytes = inputs.reduce((sum, each) => sum + each.bytes, 0);
    return largest === undefined ? [] : [{ name: content.name, trace: traceOf(content, label, largest.file, bytes) }];
  });
  expect(found.filter(({ name }) => !by.includes(name)).map(({ trace }) => trace)).toEqual([]);
  expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining([...by]));
});

/** The consumers that a sender of events or of due pointers serves: their contracts make the messages. */
const servedBy = (contract: FunctionContract): readonly Consumer[] =>
  'dispatches' in contract && contract.dispatches !== 'cascades' ? consumers : [];

/** The folders whose contracts a function names: those that it serves, and of the functions that it asks. */
const namedBy = (contract: FunctionContract): ReadonlySet<string> =>
  new Set([
    ...servedBy(contract)
      .flatMap((each) => [each, ...(each.parts ?? [])])
      .map(({ name, folder: own = name }) => own),
    ...effectsOf(contract).flatMap((effect) => (effect.kind === 'invokes' ? [effect.function] : [])),
  ]);

const areaOf = (file: string): string | undefined => file.split('/')[1];

test.each(contracts)('$name bundles contracts of other areas only if it names them', (contract) => {
  const content = contents.get(contract.name);
  if (content === undefined) throw new Error(`${contract.name} has no bundle`);
  const named = namedBy(contract);
  // A shared queue has a handler of each area whose messages it takes.
  const own = new Set(
    content.inputs.filter(({ file }) => file.endsWith('/handler.ts')).map(({ file }) => areaOf(file)),
  );
  const foreign = content.inputs.filter(
    ({ file }) =>
      /^functions\/.*\/contract[.]ts$/.test(file) && !own.has(areaOf(file)) && !named.has(basename(dirname(file))),
  );
  expect(foreign.map(({ file, bytes }) => traceOf(content, 'a contract of another area', file, bytes))).toEqual([]);
});

test('what the build derives from contracts is beside the bundle of the function that reads it', async () => {
  const files = globSync('functions/*/*/derived.ts');
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    const { derive } = (await import(join(root, file))) as { readonly derive: Derive };
    const { name } = [...contents.values()].find(({ inputs }) =>
      inputs.some((input) => input.file === join(dirname(file), 'handler.ts')),
    ) ?? { name: file };
    const assets = assetsIn(join(folder, name, 'assets'));
    for (const [derivedFile, value] of Object.entries(derive(contracts, contractsByArea, services)))
      expect(assets.text(derivedFile)).toBe(JSON.stringify(value));
  }
});
