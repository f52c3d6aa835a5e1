import { afterAll, describe, expect, test } from 'vitest';
import { contracts } from '#functions/contracts.ts';
import { buildApp } from '#infra/stacks/app.ts';
import type { Endpoint } from '#contract/endpoint.ts';
import type { FunctionContract, Resource } from '#contract/resource.ts';
import { bundlesFor } from './app.fixture.ts';

const resources = contracts.filter((contract): contract is Resource => contract.kind === 'resource');
const endpointsIn = (of: readonly Resource[]): number => of.flatMap(({ endpoints }) => endpoints).length;

/** Endpoints and functions that the product may have one day. */
const planned = 600;
const perFunction = 4;

/** A function with endpoints at paths of its own, in the area of another one. */
function plant(of: Resource, at: number): Resource {
  const [{ head, fallback, ...model }] = of.endpoints as readonly [Endpoint, ...Endpoint[]];
  const endpoints = Array.from({ length: perFunction }, (_, index): Endpoint => {
    const path = `/planted${at}x${index}` as const;
    return { ...model, id: `planted${at}x${index}`, path, route: `GET ${path}` };
  });
  const { stored, examples, cascades, provisioned, reserved, ...rest } = of;
  return { ...rest, name: `planted-${at}`, endpoints };
}

/** The functions of the product, and as many planted ones as its endpoints are short of a number. */
const grownTo = (endpoints: number): readonly FunctionContract[] => [
  ...contracts,
  ...Array.from({ length: Math.ceil((endpoints - endpointsIn(resources)) / perFunction) }, (_, at) =>
    plant(resources[at % resources.length]!, at),
  ),
];

const grown = grownTo(planned);
const tooMany = grownTo(planned * 3);
const { folder, bundles, remove } = bundlesFor(tooMany);
afterAll(remove);

const build = (of: readonly FunctionContract[], context: Readonly<Record<string, string>> = {}) =>
  buildApp({
    bundles,
    outdir: `${folder}/assembly`,
    context: { stage: 'test', ...context },
    contracts: of,
    checks: false,
  });
const plain = build(contracts);
const large = build(grown, { release: 'at-once' });
const warningsOf = (app: ReturnType<typeof build>): string[] =>
  app.node.metadata.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => String(data));

describe(`a product of ${planned} endpoints`, () => {
  test.each([
    ['at-once', () => large],
    ['canary', () => build(grown, { release: 'canary' })],
  ])('is synthesized: each stack has at most 450 resources (release=%s)', (_release, built) => {
    expect(endpointsIn(grown.filter((each): each is Resource => each.kind === 'resource'))).toBeGreaterThanOrEqual(600);
    const sizes = built()
      .synth()
      .stacks.map(({ template }) => Object.keys((template as { Resources: object }).Resources).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(450);
  });

  test('has more routes than a new account permits, which synthesis says, with the quota to ask for', () => {
    const [warning, ...more] = warningsOf(large);
    expect(more).toEqual([]);
    expect(warning).toMatch(
      /^The API has [45]\d\d routes\. .* request [45]\d\d for the quota "Routes per API" .*L-65B5C802/,
    );
    expect(warningsOf(plain)).toEqual([]);
  });
});

test('what does not fit a stack or an API is an error that names it', () => {
  expect(() => build(tooMany)).toThrow(/^Trunkline-test-\w+ has \d+ resources, of 450 at most/);
});

test('a deployment without SIP names the stack that it leaves behind', () => {
  const notes = build(contracts, { sip: 'off' }).node.metadata.map(({ data }) => String(data));
  expect(notes).toEqual([expect.stringContaining('delete-stack --stack-name Trunkline-test-sip')]);
  expect(plain.node.metadata).toEqual([]);
});
