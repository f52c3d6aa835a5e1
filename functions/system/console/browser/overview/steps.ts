import { isObject } from '../../json-value.ts';
import { isAllowed, type Holder } from '../kit/rights.ts';

/** What a new organization needs, in the order in which it is set up. */

/** A list of which one item, or more, says that a step is done. */
type Look = {
  readonly route: string;
  readonly scope: string;
  /** Default 1. */
  readonly count?: number;
  /** Days that are looked back; absent: the list has no range. */
  readonly days?: number;
};

export type Step = {
  readonly key: string;
  readonly title: string;
  readonly why: string;
  /** The operation that does it, and its tag in the OpenAPI document. */
  readonly route: string;
  readonly tag: string;
  readonly scope: string;
  /** Variables of the path of that operation. */
  readonly variables?: readonly string[];
  /** The step is done if one of them finds enough. */
  readonly looks: readonly Look[];
  /** The page on which it is done. Absent: the phone of the console. */
  readonly page?: { readonly title: string; readonly address: string };
  /** The phone of the console does it, too. */
  readonly byPhone?: string;
  /** For resellers and operators only. */
  readonly isSelling?: true;
};

const telephony = { tag: 'telephony', scope: 'telephony:write' } as const;
const reading = 'telephony:read';

export const steps: readonly Step[] = [
  {
    key: 'customer',
    title: 'Add a customer',
    why: 'An organization of its own, with its first administrator, balance and limits.',
    ...{ route: 'PUT /orgs', tag: 'orgs', scope: 'orgs:write', isSelling: true },
    // The own one is in the list.
    looks: [{ route: 'GET /orgs', scope: 'orgs:read', count: 2 }],
    page: { title: 'New organization', address: '/r/orgs/new' },
  },
  {
    key: 'user',
    title: 'Add a user',
    why: 'Each person signs in by itself. An extension is how others in the organization call it.',
    ...{ route: 'PUT /users', tag: 'users', scope: 'users:write' },
    // The first one is who signed in.
    looks: [{ route: 'GET /users', scope: 'users:read', count: 2 }],
    page: { title: 'New user', address: '/r/users/new' },
  },
  {
    ...telephony,
    key: 'phone',
    title: 'Connect a phone',
    why: 'A desk phone or softphone is a device with lines. The phone of this page needs nothing else.',
    ...{ route: 'PUT /devices/{id}', variables: ['new'] },
    looks: [
      { route: 'GET /devices', scope: reading },
      { route: 'GET /Phones', scope: 'calls:read' },
    ],
    page: { title: 'New phone', address: '/r/devices/new' },
    byPhone: 'Switch on the phone of this page',
  },
  {
    key: 'call',
    title: 'Make the first call',
    why: 'Dial *43 to hear yourself, or the extension of a colleague.',
    ...{ route: 'POST /Calls', tag: 'calls', scope: 'calls:write' },
    looks: [{ route: 'GET /cdr', scope: 'cdr:read', days: 90 }],
    byPhone: 'Open the phone',
  },
  {
    ...telephony,
    key: 'trunk',
    title: 'Connect a trunk or a gateway',
    why: 'Calls to and from the telephone network pass a carrier or a PBX.',
    ...{ route: 'PUT /siptrunk/{id}', variables: ['new'] },
    looks: [
      { route: 'GET /siptrunk', scope: reading },
      { route: 'GET /sipgateways', scope: reading },
    ],
    page: { title: 'New trunk', address: '/r/siptrunk/new' },
  },
  {
    ...telephony,
    key: 'number',
    title: 'Activate a number',
    why: 'Others call the organization by it. It rings what it is routed to.',
    ...{ route: 'PUT /numbers/{id}', variables: ['+442079460123'] },
    looks: [{ route: 'POST /numbers/search', scope: reading }],
    page: { title: 'New number', address: '/r/numbers/new' },
  },
  {
    ...telephony,
    key: 'flow',
    title: 'Build a call flow',
    why: 'Greets callers and asks what they want. A number or an extension begins it.',
    ...{ route: 'PUT /callflows/{id}', variables: ['new'] },
    looks: [{ route: 'GET /callflows', scope: reading }],
    page: { title: 'New call flow', address: '/r/callflows/new' },
  },
];

/** Items of the first list in an answer. */
export function itemsIn(answer: unknown): number {
  if (!isObject(answer)) return 0;
  const list = Object.values(answer).find((value) => Array.isArray(value));
  return Array.isArray(list) ? list.length : itemsIn(answer['data']);
}

/** The steps that a person may take, with the lists that it may read. A step that no list shows is left out. */
export const stepsFor = (holder: Holder, isSeller: boolean): readonly Step[] =>
  steps
    .filter(({ scope, isSelling = false }) => isAllowed(holder, [scope]) && (isSeller || !isSelling))
    .map((step) => ({ ...step, looks: step.looks.filter((look) => isAllowed(holder, [look.scope])) }))
    .filter(({ looks }) => looks.length > 0);
