import { copyFileSync, mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import extractConfiguration from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { judgeImports, type Findings } from '#bin/imports.ts';

/**
 * Importing file, imported file or package (`type ` before it for a type-only import), and `allowed` or the broken
 * rule.
 */
type Planted = readonly [from: string, to: string, verdict: string];

/** `#` is replaced with the number of the row, so that each row has resources of its own. */
const planted: readonly Planted[] = [
  ['functions/telephony/a#/contract.ts', 'zod', 'allowed'],
  ['functions/telephony/a#/contract.ts', 'shared/contract/endpoint.ts', 'allowed'],
  ['functions/telephony/a#/contract.ts', 'shared/errors.ts', 'allowed'],
  ['functions/telephony/a#/contract.ts', 'functions/telephony/a#/trunk.ts', 'allowed'],
  ['functions/telephony/a#/contract.ts', 'functions/telephony/a#/examples.ts', 'allowed'],
  ['functions/telephony/a#/contract.ts', 'type dist/event-types.d.ts', 'allowed'],
  ['functions/telephony/a#/contract.ts', 'type dist/openapi.d.ts', 'contract-is-a-plain-value'],
  ['functions/telephony/a#/contract.ts', 'functions/telephony/b#/trunk.ts', 'contract-is-a-plain-value'],
  ['functions/telephony/a#/contract.ts', 'functions/telephony/a#/row.ts', 'contract-is-a-plain-value'],
  ['functions/telephony/a#/contract.ts', 'shared/dynamodb/table.ts', 'contract-is-a-plain-value'],
  ['functions/telephony/a#/contract.ts', 'luxon', 'contract-is-a-plain-value'],
  ['functions/telephony/a#/contract.ts', 'functions/telephony/a#/handler.ts', 'contracts-load-light'],
  ['functions/telephony/a#/contract.ts', '@aws-sdk/client-sqs', 'contracts-load-light'],
  ['functions/contracts.ts', 'functions/telephony/a#/handler.ts', 'contracts-list-areas'],
  ['functions/telephony/a#/trunk.ts', 'luxon', 'allowed'],
  ['functions/telephony/a#/trunk.ts', 'node:crypto', 'allowed'],
  ['functions/telephony/a#/trunk.ts', 'shared/schema/money.ts', 'allowed'],
  ['functions/telephony/a#/trunk.ts', 'shared/telephony/gateway-health.ts', 'allowed'],
  ['functions/telephony/a#/trunk.ts', 'functions/telephony/b#/trunk.ts', 'allowed'],
  ['functions/telephony/a#/trunk.ts', 'type functions/telephony/a#/contract.ts', 'allowed'],
  ['functions/telephony/a#/trunk.ts', 'functions/telephony/a#/contract.ts', 'domain-takes-only-types-of-its-contract'],
  ['functions/telephony/a#/trunk.ts', 'type functions/telephony/b#/contract.ts', 'domain-only-decides'],
  ['functions/telephony/a#/trunk.ts', 'node:fs', 'domain-only-decides'],
  ['functions/telephony/a#/trunk.ts', 'jose', 'domain-only-decides'],
  ['functions/telephony/a#/trunk.ts', 'shared/dynamodb/table.ts', 'domain-only-decides'],
  ['functions/telephony/a#/trunk.ts', 'type functions/telephony/a#/store.ts', 'domain-only-decides'],
  ['functions/telephony/a#/row.ts', 'shared/dynamodb/table.ts', 'allowed'],
  ['functions/telephony/a#/row.ts', 'functions/telephony/a#/contract.ts', 'allowed'],
  ['functions/telephony/a#/row.ts', 'functions/telephony/a#/store.ts', 'row-is-keys-and-schema'],
  ['functions/telephony/a#/store.ts', 'functions/telephony/a#/trunk.ts', 'allowed'],
  ['functions/telephony/a#/store.ts', 'functions/telephony/b#/row.ts', 'allowed'],
  ['functions/telephony/a#/store.ts', 'type functions/telephony/b#/trunk.ts', 'allowed'],
  ['functions/telephony/a#/store.ts', 'functions/telephony/b#/trunk.ts', 'resource-lends-its-domain-as-types'],
  ['functions/telephony/a#/store.ts', 'functions/telephony/a#/handler.ts', 'store-keeps'],
  ['functions/telephony/a#/store.ts', 'shared/http/serve.ts', 'store-keeps'],
  ['functions/telephony/a#/handler.ts', 'functions/telephony/a#/store.ts', 'allowed'],
  ['functions/telephony/a#/handler.ts', 'functions/telephony/b#/contract.ts', 'allowed'],
  ['functions/telephony/a#/handler.ts', 'shared/http/serve.ts', 'allowed'],
  ['functions/telephony/a#/handler.ts', 'functions/telephony/b#/store.ts', 'resource-hides-store-and-handler'],
  ['functions/telephony/a#/handler.ts', 'functions/telephony/b#/row.ts', 'rows-are-for-stores'],
  ['functions/telephony/a#/handler.ts', 'functions/telephony/b#/trunk.ts', 'resource-lends-its-domain-as-types'],
  ['functions/telephony/a#/contract.ts', 'shared/contract/voipbin.ts', 'allowed'],
  ['functions/telephony/a#/handler.ts', 'shared/contract/voipbin.ts', 'handlers-know-no-base-path'],
  ['functions/telephony/a#/handler.ts', '@aws-sdk/client-sqs', 'aws-behind-shared'],
  ['functions/telephony/a#/handler.ts', 'infra/names.ts', 'functions-know-no-infrastructure'],
  ['functions/telephony/a#/handler.ts', 'vitest', 'runs-without-development-packages'],
  ['functions/telephony/a#/handler.ts', 'functions/telephony/a#/handler.test.ts', 'tests-are-not-imported'],
  ['functions/telephony/a#/handler.test.ts', 'functions/telephony/b#/store.ts', 'allowed'],
  ['infra/stacks/a#.ts', 'functions/contracts.ts', 'allowed'],
  ['infra/stacks/a#.ts', 'functions/telephony/a#/contract.ts', 'allowed'],
  ['infra/stacks/a#.ts', 'functions/telephony/a#/handler.ts', 'infrastructure-reads-contracts'],
  ['infra/local/a#.ts', 'functions/telephony/b#/contract.ts', 'local-cloud-reads-templates'],
  ['infra/local/a#.ts', 'infra/stacks/b#.ts', 'local-cloud-reads-templates'],
  ['shared/http/a#.ts', 'functions/telephony/a#/trunk.ts', 'shared-knows-no-resource'],
  ['shared/schema/a#.ts', 'shared/http/serve.ts', 'vocabulary-is-the-bottom'],
  ['shared/telephony/a#.ts', 'shared/dynamodb/table.ts', 'vocabulary-is-the-bottom'],
  ['shared/contract/a#.ts', 'shared/dynamodb/table.ts', 'contracts-stand-on-vocabulary'],
  ['shared/sip/a#.ts', 'node:crypto', 'allowed'],
  ['shared/sip/a#.ts', 'node:dgram', 'sip-is-the-protocol-alone'],
  ['shared/sip/a#.ts', 'zod', 'sip-is-the-protocol-alone'],
  ['shared/sip/a#.ts', '@aws-sdk/client-sqs', 'sip-is-the-protocol-alone'],
  ['shared/outbound/a#.ts', 'node:https', 'allowed'],
  ['functions/sip-sidecar/a#.ts', 'node:net', 'allowed'],
  ['functions/telephony/a#/handler.ts', 'shared/outbound/outbound.ts', 'allowed'],
  ['functions/telephony/a#/handler.ts', 'node:https', 'one-way-out'],
  ['shared/http/a#.ts', 'shared/http/nowhere#.ts', 'resolves'],
  ['shared/http/a#.ts', 'shared/http/a#.ts', 'no-cycles'],
  ['shared/http/a#.ts', 'type shared/http/a#.ts', 'allowed'],
  [
    'functions/sip-sidecar/calls/call/a#.ts',
    'type functions/sip-sidecar/calls/call/a#.ts',
    'calls-have-no-cycles-of-types',
  ],
  ['functions/telephony/a#/cascade.ts', 'functions/billing/b#/row.ts', 'allowed'],
  ['functions/telephony/a#/cascade.ts', 'shared/runtime/cascade.ts', 'allowed'],
  ['functions/telephony/a#/cascade.ts', 'shared/http/serve.ts', 'cascade-keeps'],
  ['shared/anew#/a#.ts', 'shared/schema/money.ts', 'shared-folders-are-in-order'],
  ['infra/anew#/a#.ts', 'infra/names.ts', 'infra-folders-are-in-order'],
  [
    'functions/sip-sidecar/anew#/a#.ts',
    'functions/sip-sidecar/contract.ts',
    'functions-sip-sidecar-folders-are-in-order',
  ],
  [
    'functions/system/console/browser/anew#/a#.ts',
    'functions/system/console/browser/kit/b#.ts',
    'functions-system-console-browser-folders-are-in-order',
  ],
  ['shared/http/a#.ts', 'shared/dynamodb/rows/b#.ts', 'allowed'],
  ['functions/telephony/contracts.ts', 'functions/telephony/a#/contract.ts', 'allowed'],
  ['functions/billing/contracts.ts', 'functions/telephony/a#/contract.ts', 'areas-list-contracts'],
  ['functions/billing/consumers.ts', 'functions/telephony/a#/contract.ts', 'areas-list-consumers'],
  ['functions/telephony/schema/a#.ts', 'zod', 'allowed'],
  ['functions/telephony/schema/a#.ts', 'shared/dynamodb/table.ts', 'vocabulary-is-the-bottom'],
  ['functions/telephony/a#/handler.ts', 'functions/telephony/schema/b#.ts', 'allowed'],
  ['functions/telephony/rows/a#.ts', 'functions/telephony/schema/b#.ts', 'allowed'],
  ['functions/platform/a#/trunk.ts', 'functions/telephony/schema/b#.ts', 'platform-knows-what-is-below'],
  ['functions/telephony/rows/a#.ts', 'shared/dynamodb/table.ts', 'allowed'],
  ['functions/telephony/a#/handler.ts', 'functions/telephony/rows/b#.ts', 'allowed'],
  ['functions/telephony/a#/store.ts', 'functions/billing/rows/b#.ts', 'allowed'],
  ['functions/telephony/rows/a#.ts', 'functions/telephony/b#/store.ts', 'area-rows-know-rows'],
  ['functions/telephony/a#/trunk.ts', 'functions/billing/b#/rate.ts', 'allowed'],
  // Each is allowed, but the two folders need each other.
  ['functions/messaging/text/a#.ts', 'functions/messaging/reply/b#.ts', 'allowed'],
  ['functions/messaging/reply/a#.ts', 'type functions/messaging/text/b#.ts', 'allowed'],
  ['functions/platform/a#/store.ts', 'functions/billing/b#/row.ts', 'platform-knows-what-is-below'],
  ['functions/billing/a#/rate.ts', 'functions/dialplan/b#/policy.ts', 'billing-knows-what-is-below'],
  ['functions/dialplan/a#/store.ts', 'functions/telephony/rows/b#.ts', 'dialplan-knows-what-is-below'],
  ['functions/telephony/a#/store.ts', 'functions/calls/b#/row.ts', 'telephony-knows-what-is-below'],
  ['functions/calls/a#/store.ts', 'functions/messaging/b#/row.ts', 'calls-knows-what-is-below'],
  ['functions/messaging/a#/store.ts', 'functions/accounts/b#/row.ts', 'messaging-knows-what-is-below'],
  ['functions/accounts/a#/handler.ts', 'functions/system/b#/contract.ts', 'accounts-knows-what-is-below'],
  ['functions/sip-sidecar/registrar/a#.ts', 'functions/telephony/rows/b#.ts', 'allowed'],
  [
    'functions/sip-sidecar/calls/dialogs/a#.ts',
    'functions/sip-sidecar/calls/call/b#.ts',
    'calls-dialogs-knows-what-is-below',
  ],
  [
    'functions/sip-sidecar/calls/call/a#.ts',
    'functions/sip-sidecar/calls/records/b#.ts',
    'calls-call-knows-what-is-below',
  ],
  [
    'functions/sip-sidecar/calls/records/a#.ts',
    'functions/sip-sidecar/calls/directory/b#.ts',
    'calls-records-knows-what-is-below',
  ],
  [
    'functions/sip-sidecar/calls/directory/a#.ts',
    'functions/sip-sidecar/calls/applications/b#.ts',
    'calls-directory-knows-what-is-below',
  ],
  [
    'functions/sip-sidecar/calls/applications/a#.ts',
    'type functions/sip-sidecar/calls/routing/b#.ts',
    'calls-applications-knows-what-is-below',
  ],
  [
    'functions/sip-sidecar/calls/routing/a#.ts',
    'functions/sip-sidecar/calls/legs/b#.ts',
    'calls-routing-knows-what-is-below',
  ],
  [
    'functions/sip-sidecar/calls/legs/a#.ts',
    'functions/sip-sidecar/calls/running/context.ts',
    'calls-legs-knows-what-is-below',
  ],
  [
    'functions/sip-sidecar/calls/identity/a#.ts',
    'functions/sip-sidecar/calls/running/context.ts',
    'calls-identity-knows-what-is-below',
  ],
  [
    'functions/sip-sidecar/calls/running/a#.ts',
    'functions/sip-sidecar/calls/entry/b#.ts',
    'calls-running-knows-what-is-below',
  ],
  [
    'functions/sip-sidecar/calls/entry/a#.ts',
    'functions/sip-sidecar/calls/transfers/b#.ts',
    'calls-entry-knows-what-is-below',
  ],
  [
    'functions/sip-sidecar/calls/transfers/a#.ts',
    'functions/sip-sidecar/calls/hearing/b#.ts',
    'calls-transfers-knows-what-is-below',
  ],
  [
    'functions/sip-sidecar/calls/hearing/a#.ts',
    'functions/sip-sidecar/calls/ending/b#.ts',
    'calls-hearing-knows-what-is-below',
  ],
  [
    'functions/sip-sidecar/calls/ending/a#.ts',
    'functions/sip-sidecar/calls/moving/b#.ts',
    'calls-ending-knows-what-is-below',
  ],
  [
    'functions/sip-sidecar/calls/moving/a#.ts',
    'functions/sip-sidecar/calls/api/b#.ts',
    'calls-moving-knows-what-is-below',
  ],
  [
    'functions/sip-sidecar/calls/api/a#.ts',
    'functions/sip-sidecar/calls/service/service.ts',
    'calls-api-knows-what-is-below',
  ],
  ['functions/sip-sidecar/calls/entry/a#.ts', 'functions/sip-sidecar/calls/running/b#.ts', 'allowed'],
  ['functions/sip-sidecar/calls/routing/a#.ts', 'functions/sip-sidecar/calls/applications/b#.ts', 'allowed'],
  [
    'functions/sip-sidecar/calls/call/a#.ts',
    'functions/sip-sidecar/calls/service/service.ts',
    'calls-call-knows-what-is-below',
  ],
  ['functions/telephony/a#/handler.ts', 'functions/sip-sidecar/b#.ts', 'nobody-knows-the-sidecar'],
  ['functions/system/a#/derived.ts', 'functions/contracts.ts', 'only-the-build-reads-the-list'],
  ['functions/system/a#/handler.ts', 'functions/contracts.ts', 'only-the-build-reads-the-list'],
  ['functions/accounts/a#/derived.ts', 'functions/contracts.ts', 'only-the-build-reads-the-list'],
  ['functions/system/a#/handler.ts', 'functions/system/a#/derived.ts', 'derived-is-for-the-build'],
  ['functions/system/a#/handler.ts', 'functions/system/consumers/all-consumers.ts', 'allowed'],
  ['functions/accounts/a#/handler.ts', 'functions/system/consumers/all-consumers.ts', 'only-system-reads-consumers'],
];

const { forbidden = [] } = await extractConfiguration(resolve('.dependency-cruiser.mjs'));

/** A folder of a pattern for its files. */
const folderOf = (pattern: string): string => pattern.replace(/^\^/, '').replace(/(\[\^\/\]\+\$)?$/, '');

/** Of each folder in an order: an import from the next one above. */
const upwards: readonly Planted[] = forbidden.flatMap((rule) => {
  const [above] = 'to' in rule && Array.isArray(rule.to.path) ? rule.to.path : [];
  const { path } = rule.from;
  if (above === undefined || typeof path !== 'string' || rule.name?.endsWith('-knows-what-is-below') !== true)
    return [];
  return [[`${folderOf(path)}a#.ts`, `${folderOf(above)}b#.ts`, rule.name]];
});

const project = mkdtempSync(join(tmpdir(), 'trunkline-imports-'));
let findings: Findings;

const isFile = (name: string): boolean => /^(dist|functions|infra|shared)\//.test(name);

function write(file: string, text: string): void {
  mkdirSync(dirname(join(project, file)), { recursive: true });
  writeFileSync(join(project, file), text, { flag: 'a' });
}

function plant(from: string, to: string): void {
  const target = to.replace(/^type /, '');
  const path = isFile(target) ? relative(dirname(from), target).replace(/^(?!\.)/, './') : target;
  write(from, to.startsWith('type ') ? `import type {} from '${path}';\n` : `import '${path}';\n`);
  if (isFile(target) && !target.includes('nowhere')) write(target, '');
}

const rows = [...planted, ...upwards].map(([from, to, rule], index) => ({
  from: from.replaceAll('#', String(index)),
  to: to.replaceAll('#', String(index)),
  rule,
}));

beforeAll(async () => {
  symlinkSync(resolve('node_modules'), join(project, 'node_modules'));
  copyFileSync('package.json', join(project, 'package.json'));
  for (const { from, to } of rows) plant(from, to);
  findings = await judgeImports(project);
});

afterAll(() => rmSync(project, { recursive: true }));

const brokenBy = (from: string): string[] =>
  findings.lines.filter((line) => line.startsWith(`${from} → `)).map((line) => /: ([a-z-]+)\./.exec(line)?.[1] ?? line);

test.for(rows.filter(({ rule }) => rule === 'allowed'))('$from may import $to', ({ from }) => {
  expect(brokenBy(from)).toEqual([]);
});

test.for(rows.filter(({ rule }) => rule !== 'allowed'))('$from may not import $to: $rule', ({ from, rule }) => {
  expect(brokenBy(from)).toContain(rule);
});

test('the rules check every file of a project', () => {
  expect(findings.lines.filter((line) => line.includes('was not checked'))).toEqual([]);
  expect(findings.modules).toBeGreaterThan(rows.length);
});

test('of files that are named, the same is found as of all', async () => {
  const [from, ...others] = new Set(rows.filter(({ rule }) => rule !== 'allowed').map((row) => row.from));
  const named = await judgeImports(project, [from ?? '']);
  const ofIt = (line: string) => line.startsWith(`${from} `);
  expect(named.lines.filter(ofIt)).toEqual(findings.lines.filter(ofIt));
  expect(named.lines.filter(ofIt)).not.toEqual([]);
  expect(named.modules).toBe(1);
  expect(others.length).toBeGreaterThan(1);
});

test('every rule has a planted violation', () => {
  expect(new Set([...planted, ...upwards].map(([, , rule]) => rule))).toEqual(
    new Set(['allowed', ...forbidden.map(({ name }) => name)]),
  );
});

test('folders that need each other are found, also where one needs only a type', () => {
  const circles = findings.lines.filter((line) => line.startsWith('folders: functions/messaging/'));
  expect(circles).toEqual([
    expect.stringMatching(
      / functions.messaging.(text|reply).a.* → .*, functions.messaging.(reply|text).a.* → .*: no-circles/,
    ),
  ]);
});
