import { commonErrors, kindOf, type ErrorKind } from '../errors.ts';
import { comparesRights, touchesUser, userVariable } from './acts-on.ts';
import { changesSomething } from './changes.ts';
import type { Effect } from './effects.ts';
import type { Endpoint } from './endpoint.ts';
import { effectsOf, errorKindsOf, queuesOf, type Consumer, type FunctionContract, type Resource } from './resource.ts';
import { routesOf } from './routes.ts';
import { mayBeLimited } from './scopes.ts';
import { consumersIn } from './shared-queues.ts';

/** API Gateway's quota of routes per API, including those for HEAD and `$default`. */
const maximumRoutes = 300;

/** An invalid contract. Thrown while contracts load, so that nothing starts or is deployed with it. */
export class ContractError extends Error {
  override name = 'ContractError';
}

const variable = /^\{([A-Za-z][A-Za-z0-9]*)(\+?)\}$/;
const segmentsOf = (path: string): string[] => path.split('/').slice(1);

function assertEffects(endpoint: Endpoint): void {
  const { method, route, writesOnGet, whileClosed } = endpoint;
  const writes = changesSomething(endpoint);
  if (!writes && whileClosed === true)
    throw new ContractError(`${route} changes nothing: it is open to closed organizations without whileClosed`);
  if (method !== 'GET') return;
  if (writes && writesOnGet === undefined)
    throw new ContractError(`${route} has write effects but no reason for them (writesOnGet)`);
  if (!writes && writesOnGet !== undefined)
    throw new ContractError(`${route} has a reason for writes (writesOnGet) but no write effects`);
}

/** An endpoint that may change a user says which one, so that its caller's right to do so is checked. */
function assertUsers(endpoint: Endpoint): void {
  const { route, actsOn, params = {}, scope } = endpoint;
  const reason = changesSomething(endpoint) ? touchesUser(endpoint) : undefined;
  if (reason !== undefined && actsOn === undefined)
    throw new ContractError(`${route} ${reason} and does not declare the account that it changes (actsOn)`);
  const user = userVariable(actsOn);
  if (user !== undefined && !(user in params))
    throw new ContractError(`${route} acts on the user in {${user}}, which is no variable of its path`);
  if (scope === 'public' && comparesRights(actsOn))
    throw new ContractError(`${route} is public: it acts on its caller (actsOn: 'self') or on no one`);
}

/** An endpoint that callers may use for their own records only says whose those are. */
function assertOwner({ route, scope, owner }: Endpoint, resource: Resource): void {
  if (!mayBeLimited(scope) || (owner ?? resource.owner) !== undefined) return;
  throw new ContractError(
    `${route} does not declare the owner of its records: write owner: 'organization' if no user has one, ` +
      `owner: { user: { <entity>: 'user_id' } } if a field has the user, owner: 'found' if its handler finds the ` +
      `user, or owner: { none: '<why>' }, in the endpoint or in resource('${resource.name}', …)`,
  );
}

function assertVariables(endpoint: Endpoint): void {
  const named = segmentsOf(endpoint.path).flatMap((segment) => variable.exec(segment)?.[1] ?? []);
  const declared = Object.keys(endpoint.params ?? {});
  const unmatched = [
    ...named.filter((name) => !declared.includes(name)),
    ...declared.filter((name) => !named.includes(name)),
  ];
  if (unmatched.length > 0)
    throw new ContractError(`${endpoint.route}: path and params differ in ${unmatched.join(', ')}`);
  if (new Set(named).size !== named.length) throw new ContractError(`${endpoint.route} has a variable twice`);
}

/** A position in the path tree has one variable name for all methods, as API Gateway requires. */
function assertVariableNames(endpoints: readonly Endpoint[]): void {
  const names = new Map<string, { name: string; route: string }>();
  for (const endpoint of endpoints) {
    const position: string[] = [];
    for (const segment of segmentsOf(endpoint.path)) {
      const name = variable.exec(segment)?.[1];
      position.push(name === undefined ? segment : '{}');
      if (name === undefined) continue;
      const key = position.join('/');
      const other = names.get(key);
      if (other !== undefined && other.name !== name)
        throw new ContractError(`${endpoint.route} has a variable {${name}} where ${other.route} has {${other.name}}`);
      names.set(key, { name, route: endpoint.route });
    }
  }
}

/** One segment of an endpoint's path. */
type Segment = { readonly endpoint: Endpoint; readonly text: string };

const accepts = ({ endpoint, text }: Segment, literal: string): boolean =>
  endpoint.params?.[variable.exec(text)?.[1] ?? '']?.safeParse(literal).success !== false;

type Precedence = 'first' | 'second' | 'neither' | 'disjoint';

/** Which of two segments is more specific; `disjoint` if no value matches both. */
function precedence(first: Segment, second: Segment): Precedence {
  const firstVaries = variable.test(first.text);
  const secondVaries = variable.test(second.text);
  if (firstVaries && secondVaries) return 'neither';
  if (firstVaries) return accepts(first, second.text) ? 'second' : 'disjoint';
  if (secondVaries) return accepts(second, first.text) ? 'first' : 'disjoint';
  return first.text === second.text ? 'neither' : 'disjoint';
}

/** Whether one request can match both paths, and each path is more specific in another segment. */
function overlapUndecidably(first: Endpoint, second: Endpoint): boolean {
  const left = segmentsOf(first.path);
  const right = segmentsOf(second.path);
  if (left.length !== right.length) return false;
  const found = new Set(
    left.map((text, at) => precedence({ endpoint: first, text }, { endpoint: second, text: right[at] ?? '' })),
  );
  return !found.has('disjoint') && found.has('first') && found.has('second');
}

function assertDecidable(endpoints: readonly Endpoint[]): void {
  for (const [at, one] of endpoints.entries())
    for (const other of endpoints.slice(at + 1)) {
      if (one.route === other.route) throw new ContractError(`${one.route} is declared twice`);
      const sameMethod = one.method === other.method || one.method === 'ANY' || other.method === 'ANY';
      if (sameMethod && overlapUndecidably(one, other))
        throw new ContractError(`${one.route} and ${other.route} overlap undecidably`);
    }
}

function checkQueues(contracts: readonly FunctionContract[]): void {
  const queues = queuesOf(contracts);
  const twice = queues.find((queue, position) => queues.indexOf(queue) !== position);
  if (twice !== undefined) throw new ContractError(`the queue ${twice} has two consumers`);
  for (const contract of contracts)
    for (const effect of effectsOf(contract))
      if ('queue' in effect && !queues.includes(effect.queue))
        throw new ContractError(`${contract.name} uses the queue ${effect.queue}, which has no consumer`);
}

/** The turn of a slow job is as long as the timeout of its function, so that those who share one agree on it. */
function checkSharedQueues(contracts: readonly FunctionContract[]): void {
  for (const contract of contracts) {
    if (contract.kind !== 'consumer') continue;
    const other = contract.parts?.find(({ timeout }) => timeout !== contract.timeout);
    if (other !== undefined)
      throw new ContractError(`${other.name} shares the function ${contract.name}, which has another timeout`);
  }
}

/** A timer that may schedule its successor says what becomes of turns that an outage misses. */
function assertSuccessors({ name, due, effects }: Consumer): void {
  const { kinds = [], successors } = due ?? {};
  const unknown = Object.keys(successors ?? {}).find((kind) => !kinds.includes(kind));
  if (unknown !== undefined)
    throw new ContractError(`${name} takes no pointers ${unknown}, which it declares to schedule`);
  const schedules = effects.some((effect) => effect.kind === 'writes' && effect.entity === 'due');
  if (schedules && kinds.length > 0 && successors === undefined)
    throw new ContractError(
      `${name} takes pointers and schedules some: write at(kinds, message, { '${kinds[0]}': 'made up' }), or ` +
        `'skipped' or 'ends', with each of its own kinds that it schedules`,
    );
}

function checkDueKinds(contracts: readonly FunctionContract[]): void {
  for (const each of consumersIn(contracts)) assertSuccessors(each);
  const kinds = consumersIn(contracts).flatMap(({ due }) => due?.kinds ?? []);
  const twice = kinds.find((kind, position) => kinds.indexOf(kind) !== position);
  if (twice !== undefined) throw new ContractError(`two consumers take what is due as ${twice}`);
}

/** What the network of the sidecar has no way to, by the effect that needs it (infra/constructs/sip-network.ts). */
const unreachable: Readonly<Partial<Record<Effect['kind'], string>>> = {
  'calls-out': 'the internet',
  identities: 'Amazon SES',
  invokes: 'AWS Lambda',
  mails: 'Amazon SES',
  objects: 'Amazon S3',
  speaks: 'Amazon Polly',
  texts: 'AWS End User Messaging',
};

/** Functions inside the VPC reach the sidecar, DynamoDB, Secrets Manager and SQS, and nothing else. */
function checkNetworks(contracts: readonly FunctionContract[]): void {
  for (const contract of contracts) {
    const kinds = effectsOf(contract).map(({ kind }) => kind);
    const [missing] = kinds.flatMap((kind) => unreachable[kind] ?? []);
    if (kinds.includes('asks') && missing !== undefined)
      throw new ContractError(
        `${contract.name} calls the sidecar, so it cannot reach ${missing}: its network has no way there`,
      );
  }
}

/** A code has the same status and meaning in every declaration. */
function checkErrorKinds(resources: readonly Resource[]): void {
  const kinds = new Map<string, { readonly kind: ErrorKind; readonly by: string }>(
    Object.values(commonErrors).map((kind) => [kind.code, { kind, by: 'shared/errors.ts' }]),
  );
  for (const { name, errors = {} } of resources)
    for (const kind of Object.values(errors)) {
      const { kind: other, by } = kinds.get(kind.code) ?? { kind, by: name };
      if (kind.status !== other.status || kind.meaning !== other.meaning)
        throw new ContractError(`${name} and ${by} declare ${kind.code} with different statuses or meanings`);
      kinds.set(kind.code, { kind, by });
    }
}

/** The codes that an endpoint names are common, or declared by its resource. */
function assertErrors({ route, errors, errorNames = {} }: Endpoint, resource: Resource): void {
  const named = [...errors, ...Object.values(errorNames).map((error) => kindOf(error).code)];
  const unknown = named.find((code) => !Object.hasOwn(errorKindsOf(resource), code));
  if (unknown !== undefined)
    throw new ContractError(
      `${route} names the error ${unknown}, which ${resource.name} does not declare. Write ` +
        `export const … = errorKinds({ ${unknown}: [409, 'What it means.'] }) where it is thrown. Name it by ` +
        `errors in resource('${resource.name}', …)`,
    );
}

/** Checks all contracts together (shared/contract/README.md, "Checks"). @throws ContractError */
export function assertContracts(contracts: readonly FunctionContract[]): void {
  const names = contracts.map(({ name }) => name);
  const duplicate = names.find((name, at) => names.indexOf(name) !== at);
  if (duplicate !== undefined) throw new ContractError(`two functions have the name ${duplicate}`);
  checkQueues(contracts);
  checkSharedQueues(contracts);
  checkDueKinds(contracts);
  checkNetworks(contracts);
  const resources = contracts.filter((contract): contract is Resource => contract.kind === 'resource');
  checkErrorKinds(resources);
  for (const resource of resources)
    for (const endpoint of resource.endpoints) {
      assertErrors(endpoint, resource);
      assertOwner(endpoint, resource);
    }
  const endpoints = resources.flatMap((resource) => resource.endpoints);
  if ([...routesOf(resources).values()].flat().length > maximumRoutes)
    throw new ContractError(`more than ${maximumRoutes} routes`);
  for (const endpoint of endpoints) {
    assertEffects(endpoint);
    assertUsers(endpoint);
    assertVariables(endpoint);
  }
  assertVariableNames(endpoints);
  assertDecidable(endpoints);
}
