import type { Effect } from './effects.ts';
import { routeKeysOf, type Endpoint } from './endpoint.ts';
import { effectsOf, queuesOf, type FunctionContract, type Resource } from './resource.ts';

/** API Gateway's quota of routes for one API; those for HEAD and `$default` are among them. */
const maximumRoutes = 300;

/** A contract that cannot be right; thrown while contracts load, so that nothing starts or deploys with it. */
export class ContractError extends Error {
  override name = 'ContractError';
}

const variable = /^\{([A-Za-z][A-Za-z0-9]*)(\+?)\}$/;
const segmentsOf = (path: string): string[] => path.split('/').slice(1);

/** Whether an effect leaves something behind that a later request can see. */
function changesSomething(effect: Effect): boolean {
  switch (effect.kind) {
    case 'writes':
    case 'records':
    case 'sends':
    case 'asks':
    case 'mails':
      return true;
    case 'objects':
      return effect.access === 'keeps';
    case 'secret':
      return effect.access === 'rotates';
    case 'reads':
    case 'measures':
      return false;
  }
}

function checkEffects({ method, route, effects, writesOnGet }: Endpoint): void {
  if (method !== 'GET') return;
  const writes = effects.some(changesSomething);
  if (writes && writesOnGet === undefined)
    throw new ContractError(`${route} changes something but gives no reason (writesOnGet)`);
  if (!writes && writesOnGet !== undefined)
    throw new ContractError(`${route} gives a reason to write but writes nothing`);
}

function checkVariables(endpoint: Endpoint): void {
  const named = segmentsOf(endpoint.path).flatMap((segment) => variable.exec(segment)?.[1] ?? []);
  const declared = Object.keys(endpoint.params ?? {});
  const odd = [
    ...named.filter((name) => !declared.includes(name)),
    ...declared.filter((name) => !named.includes(name)),
  ];
  if (odd.length > 0) throw new ContractError(`${endpoint.route}: path and params differ in ${odd.join(', ')}`);
  if (new Set(named).size !== named.length) throw new ContractError(`${endpoint.route} names a variable twice`);
}

/** One place of the path tree has one variable name, whatever the method: API Gateway and readers know one only. */
function checkVariableNames(endpoints: readonly Endpoint[]): void {
  const names = new Map<string, { name: string; route: string }>();
  for (const endpoint of endpoints) {
    const place: string[] = [];
    for (const segment of segmentsOf(endpoint.path)) {
      const name = variable.exec(segment)?.[1];
      place.push(name === undefined ? segment : '{}');
      if (name === undefined) continue;
      const key = place.join('/');
      const other = names.get(key);
      if (other !== undefined && other.name !== name)
        throw new ContractError(
          `${endpoint.route} calls a variable {${name}} that ${other.route} calls {${other.name}}`,
        );
      names.set(key, { name, route: endpoint.route });
    }
  }
}

/** One segment of an endpoint's path. */
type Segment = { readonly endpoint: Endpoint; readonly text: string };

const accepts = ({ endpoint, text }: Segment, literal: string): boolean =>
  endpoint.params?.[variable.exec(text)?.[1] ?? '']?.safeParse(literal).success !== false;

type Precedence = 'first' | 'second' | 'neither' | 'disjoint';

/** Which of two segments is the more special one; `disjoint` when no value fits both. */
function precedence(first: Segment, second: Segment): Precedence {
  const firstVaries = variable.test(first.text);
  const secondVaries = variable.test(second.text);
  if (firstVaries && secondVaries) return 'neither';
  if (firstVaries) return accepts(first, second.text) ? 'second' : 'disjoint';
  if (secondVaries) return accepts(second, first.text) ? 'first' : 'disjoint';
  return first.text === second.text ? 'neither' : 'disjoint';
}

/** Two paths are undecidable where each is the more special in another place and one request fits both. */
function overlapUndecidably(first: Endpoint, second: Endpoint): boolean {
  const left = segmentsOf(first.path);
  const right = segmentsOf(second.path);
  if (left.length !== right.length) return false;
  const found = new Set(
    left.map((text, at) => precedence({ endpoint: first, text }, { endpoint: second, text: right[at] ?? '' })),
  );
  return !found.has('disjoint') && found.has('first') && found.has('second');
}

function checkOverlaps(endpoints: readonly Endpoint[]): void {
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

function checkDueKinds(contracts: readonly FunctionContract[]): void {
  const kinds = contracts.flatMap((contract) => (contract.kind === 'consumer' ? (contract.due?.kinds ?? []) : []));
  const twice = kinds.find((kind, position) => kinds.indexOf(kind) !== position);
  if (twice !== undefined) throw new ContractError(`two consumers take what is due as ${twice}`);
}

/** Refuses what cannot be right across all contracts (architecture.md, "The contract is the source of truth"). */
export function checkContracts(contracts: readonly FunctionContract[]): void {
  const names = contracts.map((each) => each.name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new ContractError(`two functions are called ${twice}`);
  checkQueues(contracts);
  checkDueKinds(contracts);
  const endpoints = contracts
    .filter((each): each is Resource => each.kind === 'resource')
    .flatMap((each) => each.endpoints);
  if (endpoints.flatMap(routeKeysOf).length > maximumRoutes)
    throw new ContractError(`more than ${maximumRoutes} routes`);
  for (const endpoint of endpoints) {
    checkEffects(endpoint);
    checkVariables(endpoint);
  }
  checkVariableNames(endpoints);
  checkOverlaps(endpoints);
}
