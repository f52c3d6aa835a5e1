import type { Endpoint } from './endpoint.ts';
import type { FunctionContract, Resource } from './resource.ts';

/** API Gateway's quota of routes for one API; `$default` is one of them. */
const maximumRoutes = 300;

/** A contract that cannot be right; thrown while contracts load, so that nothing starts or deploys with it. */
export class ContractError extends Error {
  override name = 'ContractError';
}

const variable = /^\{([A-Za-z]+)(\+?)\}$/;
const segmentsOf = (path: string): string[] => path.split('/').slice(1);

function checkEffects(endpoint: Endpoint): void {
  const changes = endpoint.effects.filter((effect) => effect.kind === 'writes' || effect.kind === 'records' || effect.kind === 'sends');
  if (endpoint.method === 'GET' && changes.length > 0 && endpoint.writesOnGet === undefined)
    throw new ContractError(`${endpoint.route} changes something but gives no reason (writesOnGet)`);
  if (endpoint.method === 'GET' && changes.length === 0 && endpoint.writesOnGet !== undefined)
    throw new ContractError(`${endpoint.route} gives a reason to write but writes nothing`);
}

function checkVariables(endpoint: Endpoint): void {
  const named = segmentsOf(endpoint.path).flatMap((segment) => variable.exec(segment)?.[1] ?? []);
  const declared = Object.keys(endpoint.params ?? {});
  const odd = [...named.filter((name) => !declared.includes(name)), ...declared.filter((name) => !named.includes(name))];
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
        throw new ContractError(`${endpoint.route} calls a variable {${name}} that ${other.route} calls {${other.name}}`);
      names.set(key, { name, route: endpoint.route });
    }
  }
}

const acceptsId = (endpoint: Endpoint, segment: string, literal: string): boolean => {
  const name = variable.exec(segment)?.[1];
  const schema = name === undefined ? undefined : endpoint.params?.[name];
  return schema === undefined || schema.safeParse(literal).success;
};

type Crossing = 'disjoint' | 'ordered' | 'undecidable';

/**
 * Static segments win over variables, from the left. Two paths are undecidable where each is the more
 * special in a different place, unless the variable refuses the other's literal.
 */
function crossing(a: Endpoint, b: Endpoint): Crossing {
  const left = segmentsOf(a.path);
  const right = segmentsOf(b.path);
  if (left.length !== right.length) return 'disjoint';
  let aSpecial = false;
  let bSpecial = false;
  for (const [at, one] of left.entries()) {
    const other = right[at] ?? '';
    const oneVaries = variable.test(one);
    const otherVaries = variable.test(other);
    if (!oneVaries && !otherVaries && one !== other) return 'disjoint';
    if (!oneVaries && otherVaries) {
      if (!acceptsId(b, other, one)) return 'disjoint';
      aSpecial = true;
    }
    if (oneVaries && !otherVaries) {
      if (!acceptsId(a, one, other)) return 'disjoint';
      bSpecial = true;
    }
  }
  return aSpecial && bSpecial ? 'undecidable' : 'ordered';
}

function checkOverlaps(endpoints: readonly Endpoint[]): void {
  for (const [at, one] of endpoints.entries())
    for (const other of endpoints.slice(at + 1)) {
      if (one.route === other.route) throw new ContractError(`${one.route} is declared twice`);
      const sameMethod = one.method === other.method || one.method === 'ANY' || other.method === 'ANY';
      if (sameMethod && crossing(one, other) === 'undecidable')
        throw new ContractError(`${one.route} and ${other.route} overlap undecidably`);
    }
}

/** Refuses what cannot be right across all contracts (architecture.md, "The contract is the source of truth"). */
export function checkContracts(contracts: readonly FunctionContract[]): void {
  const names = contracts.map((each) => each.name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new ContractError(`two functions are called ${twice}`);
  const endpoints = contracts.filter((each): each is Resource => each.kind === 'resource').flatMap((each) => each.endpoints);
  if (endpoints.length + 1 > maximumRoutes) throw new ContractError(`more than ${maximumRoutes} routes`);
  for (const endpoint of endpoints) {
    checkEffects(endpoint);
    checkVariables(endpoint);
  }
  checkVariableNames(endpoints);
  checkOverlaps(endpoints);
}
