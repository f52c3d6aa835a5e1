import { copyFileSync, mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import extractConfiguration from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { judgeImports, type Findings } from '../../bin/imports.ts';

/** Importing file, imported file or package (after `type ` where only its types are), and `allowed` or the rule that it breaks. */
type Planted = readonly [from: string, to: string, verdict: string];

/** `#` is the row's own number: each row has resources of its own, so that no row disturbs another. */
const planted: readonly Planted[] = [
  ['functions/a#/contract.ts', 'zod', 'allowed'],
  ['functions/a#/contract.ts', 'shared/contract/endpoint.ts', 'allowed'],
  ['functions/a#/contract.ts', 'shared/errors.ts', 'allowed'],
  ['functions/a#/contract.ts', 'functions/a#/trunk.ts', 'allowed'],
  ['functions/a#/contract.ts', 'functions/b#/trunk.ts', 'contract-is-a-plain-value'],
  ['functions/a#/contract.ts', 'functions/a#/row.ts', 'contract-is-a-plain-value'],
  ['functions/a#/contract.ts', 'shared/dynamodb/table.ts', 'contract-is-a-plain-value'],
  ['functions/a#/contract.ts', 'luxon', 'contract-is-a-plain-value'],
  ['functions/a#/contract.ts', 'functions/a#/handler.ts', 'contracts-load-light'],
  ['functions/a#/contract.ts', '@aws-sdk/client-sqs', 'contracts-load-light'],
  ['functions/contracts.ts', 'functions/a#/handler.ts', 'contracts-list-contracts'],
  ['functions/a#/trunk.ts', 'luxon', 'allowed'],
  ['functions/a#/trunk.ts', 'node:crypto', 'allowed'],
  ['functions/a#/trunk.ts', 'shared/schema/money.ts', 'allowed'],
  ['functions/a#/trunk.ts', 'shared/telephony/gateway-health.ts', 'allowed'],
  ['functions/a#/trunk.ts', 'functions/b#/trunk.ts', 'allowed'],
  ['functions/a#/trunk.ts', 'type functions/a#/contract.ts', 'allowed'],
  ['functions/a#/trunk.ts', 'functions/a#/contract.ts', 'domain-takes-only-types-of-its-contract'],
  ['functions/a#/trunk.ts', 'type functions/b#/contract.ts', 'domain-only-decides'],
  ['functions/a#/trunk.ts', 'node:fs', 'domain-only-decides'],
  ['functions/a#/trunk.ts', 'jose', 'domain-only-decides'],
  ['functions/a#/trunk.ts', 'shared/dynamodb/table.ts', 'domain-only-decides'],
  ['functions/a#/trunk.ts', 'type functions/a#/store.ts', 'domain-only-decides'],
  ['functions/a#/row.ts', 'shared/dynamodb/table.ts', 'allowed'],
  ['functions/a#/row.ts', 'functions/a#/contract.ts', 'allowed'],
  ['functions/a#/row.ts', 'functions/a#/store.ts', 'row-is-keys-and-schema'],
  ['functions/a#/store.ts', 'functions/a#/trunk.ts', 'allowed'],
  ['functions/a#/store.ts', 'functions/b#/row.ts', 'allowed'],
  ['functions/a#/store.ts', 'type functions/b#/trunk.ts', 'allowed'],
  ['functions/a#/store.ts', 'functions/b#/trunk.ts', 'resource-lends-its-domain-as-types'],
  ['functions/a#/store.ts', 'functions/a#/handler.ts', 'store-keeps'],
  ['functions/a#/store.ts', 'shared/http/serve.ts', 'store-keeps'],
  ['functions/a#/handler.ts', 'functions/a#/store.ts', 'allowed'],
  ['functions/a#/handler.ts', 'functions/b#/contract.ts', 'allowed'],
  ['functions/a#/handler.ts', 'shared/http/serve.ts', 'allowed'],
  ['functions/a#/handler.ts', 'functions/b#/store.ts', 'resource-hides-store-and-handler'],
  ['functions/a#/handler.ts', 'functions/b#/row.ts', 'rows-are-for-stores'],
  ['functions/a#/handler.ts', 'functions/b#/trunk.ts', 'resource-lends-its-domain-as-types'],
  ['functions/a#/handler.ts', '@aws-sdk/client-sqs', 'aws-behind-shared'],
  ['functions/a#/handler.ts', 'infra/names.ts', 'functions-know-no-infrastructure'],
  ['functions/a#/handler.ts', 'vitest', 'runs-without-development-packages'],
  ['functions/a#/handler.ts', 'functions/a#/handler.test.ts', 'tests-are-not-imported'],
  ['functions/a#/handler.test.ts', 'functions/b#/store.ts', 'allowed'],
  ['infra/stacks/a#.ts', 'functions/contracts.ts', 'allowed'],
  ['infra/stacks/a#.ts', 'functions/a#/contract.ts', 'allowed'],
  ['infra/stacks/a#.ts', 'functions/a#/handler.ts', 'infrastructure-reads-contracts'],
  ['infra/local/a#.ts', 'functions/b#/contract.ts', 'local-cloud-reads-templates'],
  ['infra/local/a#.ts', 'infra/stacks/b#.ts', 'local-cloud-reads-templates'],
  ['shared/http/a#.ts', 'functions/a#/trunk.ts', 'shared-knows-no-resource'],
  ['shared/schema/a#.ts', 'shared/http/serve.ts', 'vocabulary-is-the-bottom'],
  ['shared/telephony/a#.ts', 'shared/dynamodb/table.ts', 'vocabulary-is-the-bottom'],
  ['shared/contract/a#.ts', 'shared/dynamodb/table.ts', 'contracts-stand-on-vocabulary'],
  ['shared/sip/a#.ts', 'node:crypto', 'allowed'],
  ['shared/sip/a#.ts', 'node:dgram', 'sip-is-the-protocol-alone'],
  ['shared/sip/a#.ts', 'zod', 'sip-is-the-protocol-alone'],
  ['shared/sip/a#.ts', '@aws-sdk/client-sqs', 'sip-is-the-protocol-alone'],
  ['shared/http/a#.ts', 'shared/http/nowhere#.ts', 'resolves'],
  ['shared/http/a#.ts', 'shared/http/a#.ts', 'no-cycles'],
];

const project = mkdtempSync(join(tmpdir(), 'trunkline-imports-'));
let findings: Findings;

const isFile = (name: string): boolean => /^(functions|infra|shared)\//.test(name);

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

const rows = planted.map(([from, to, rule], index) => ({
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

test('every file of a project is looked at', () => {
  expect(findings.lines.filter((line) => line.includes('not looked at'))).toEqual([]);
  expect(findings.modules).toBeGreaterThan(rows.length);
});

test('every rule has a violation planted', async () => {
  const { forbidden } = await extractConfiguration(resolve('.dependency-cruiser.mjs'));
  expect(new Set(planted.map(([, , rule]) => rule))).toEqual(new Set(['allowed', ...(forbidden ?? []).map(({ name }) => name)]));
});
