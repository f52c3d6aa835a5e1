import { rmSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { App, Stack } from 'aws-cdk-lib';
import { grantsFor } from '#infra/constructs/grants.ts';
import type { AwsEndpoint } from '#infra/local/aws/aws-endpoint.ts';
import {
  clientsFor,
  optionsFor,
  startOnSharedStore,
  tableArn,
  temporaryFolder,
} from '#infra/local/aws/endpoint-fixture.ts';
import { namesFor } from '#infra/names.ts';
import { reads } from '#contract/effects.ts';
import { probePolicy, probes, proveLeadingKeys } from './leading-keys.ts';

const dataDir = temporaryFolder();
let endpoint: AwsEndpoint | undefined;
afterEach(async () => {
  await endpoint?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** The results of the five calls by a principal with these statements. */
async function resultsWith(statements: readonly unknown[]) {
  endpoint = await startOnSharedStore(optionsFor(dataDir, { policiesOf: () => statements }));
  const { dynamodb } = clientsFor(endpoint, endpoint.credentialsFor('toy-trunks'));
  return proveLeadingKeys(dynamodb, 'toy-table');
}

test('five calls are as expected under the policy that the functions have', async () => {
  const results = await resultsWith(probePolicy(tableArn).Statement);
  expect(results).toHaveLength(5);
  expect(results.filter(({ expected, was }) => expected !== was)).toEqual([]);
});

test('and not under one that allows too much or too little', async () => {
  const open = { Effect: 'Allow', Action: ['dynamodb:BatchGetItem', 'dynamodb:Scan'], Resource: tableArn };
  const results = await resultsWith([open]);
  expect(results.map(({ expected, was }) => expected === was)).toEqual([false, true, false, false, false]);
});

test('the policy has the conditions of the grants', () => {
  const stack = new Stack(new App(), 'Stack');
  const granted = grantsFor(stack, namesFor('test'), [reads('session', 'GSI1')]).map(
    (statement) => stack.resolve(statement.toStatementJson()) as { readonly Condition: unknown },
  );
  expect(granted).toHaveLength(2);
  expect(probePolicy(tableArn).Statement.map(({ Condition }) => Condition)).toEqual(
    granted.map(({ Condition }) => ({ ...(Condition as object) })),
  );
  expect(probes).toHaveLength(5);
});
