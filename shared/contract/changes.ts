import type { Effect } from './effects.ts';
import type { Endpoint } from './endpoint.ts';

/** Whether effects of a kind change state that a later request can see. */
const changing = {
  writes: true,
  removes: true,
  records: true,
  sends: true,
  asks: true,
  // A question may be asked again.
  invokes: false,
  mails: true,
  texts: true,
  identities: true,
  // What is said again is the same.
  speaks: false,
  'calls-out': true,
  reads: false,
  measures: false,
} as const satisfies Readonly<Record<Exclude<Effect, { readonly access: string }>['kind'], boolean>>;

/** The access by which effects on objects and secrets change them. */
const changingAccess: ReadonlySet<string> = new Set(['uploads', 'keeps', 'locks', 'expires', 'rotates']);

const isChange = (effect: Effect): boolean =>
  'access' in effect ? changingAccess.has(effect.access) : changing[effect.kind];

/** Whether requests change state that a later one can see, whatever their method: a search may be a POST. */
export const changesSomething = ({ effects }: Pick<Endpoint, 'effects'>): boolean => effects.some(isChange);

/** Whether an endpoint works in a closed organization: to read what is left of it, or as its contract says. */
export const isOpenWhileClosed = (endpoint: Pick<Endpoint, 'effects' | 'whileClosed'>): boolean =>
  endpoint.whileClosed === true || !changesSomething(endpoint);
