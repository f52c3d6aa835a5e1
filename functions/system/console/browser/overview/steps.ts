import { t } from '../texts/texts.ts';
import type { AnswerOf } from '../kit/answer-of.ts';
import { isAllowed, type Holder } from '../kit/rights.ts';

/** What a new organization needs, in the order in which it is set up. */

/** What an organization has, and how it does now. */
export type Summary = AnswerOf<'get', '/summary'>['data'];

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
  /** Whether it is done; null: the person may not see its outcome. */
  readonly isDone: (summary: Summary) => boolean | null;
  /** The page on which it is done. Absent: the phone of the console. */
  readonly page?: { readonly title: string; readonly address: string };
  /** The phone of the console does it, too. */
  readonly byPhone?: string;
  /** For resellers and operators only. */
  readonly isSelling?: true;
};

const telephony = { tag: 'telephony', scope: 'telephony:write' } as const;

/** Whether there are enough, of those counts that the person may see. */
const atLeast = (enough: number, ...counts: readonly (number | null)[]): boolean | null =>
  counts.every((count) => count === null) ? null : counts.some((count) => (count ?? 0) >= enough);

export const steps: readonly Step[] = [
  {
    key: 'customer',
    title: t('Add a customer'),
    why: t('An organization of its own, with its first administrator, balance and limits.'),
    ...{ route: 'PUT /orgs', tag: 'orgs', scope: 'orgs:write', isSelling: true },
    isDone: ({ customers }) => atLeast(1, customers),
    page: { title: t('New customer'), address: '/r/orgs/new' },
  },
  {
    key: 'user',
    title: t('Add a user'),
    why: t('Each person signs in by itself. An extension is how others in the organization call it.'),
    ...{ route: 'PUT /users', tag: 'users', scope: 'users:write' },
    // The first one is who signed in.
    isDone: ({ users }) => atLeast(2, users),
    page: { title: t('Invite a user'), address: '/r/users/new' },
  },
  {
    ...telephony,
    key: 'phone',
    title: t('Connect a phone'),
    why: t('A desk phone or softphone is a device with lines. The phone of this page needs nothing else.'),
    ...{ route: 'PUT /devices/{id}', variables: ['phone'] },
    isDone: (summary) => atLeast(1, summary.devices, summary.phone_lines),
    page: { title: t('Add a phone'), address: '/r/devices/new' },
    byPhone: t('Switch on the phone of this page'),
  },
  {
    key: 'call',
    title: t('Make the first call'),
    why: t('Dial *43 to hear yourself, or the extension of a colleague.'),
    ...{ route: 'POST /Calls', tag: 'calls', scope: 'calls:write' },
    isDone: (summary) => summary.has_cdrs,
    byPhone: t('Open the phone'),
  },
  {
    ...telephony,
    key: 'trunk',
    title: t('Connect a trunk or a gateway'),
    why: t('Calls to and from the telephone network pass a carrier or a PBX.'),
    ...{ route: 'PUT /siptrunk/{id}', variables: ['new'] },
    isDone: ({ trunks, gateways }) => atLeast(1, trunks, gateways),
    page: { title: t('New trunk'), address: '/r/siptrunk/new' },
  },
  {
    ...telephony,
    key: 'number',
    title: t('Activate a number'),
    why: t('Others call the organization by it. It rings what it is routed to.'),
    ...{ route: 'PUT /numbers/{id}', variables: ['+442079460123'] },
    isDone: ({ numbers }) => atLeast(1, numbers),
    page: { title: t('New number'), address: '/r/numbers/new' },
  },
  {
    ...telephony,
    key: 'flow',
    title: t('Build a call flow'),
    why: t('Greets callers and asks what they want. A number or an extension begins it.'),
    ...{ route: 'PUT /callflows/{id}', variables: ['new'] },
    isDone: (summary) => atLeast(1, summary.call_flows),
    page: { title: t('New call flow'), address: '/r/callflows/new' },
  },
];

/** The steps that a person may take and see the outcome of, and those of them that are done. */
export function stepsFor(holder: Holder, isSeller: boolean, summary: Summary) {
  const shown = steps.filter(
    ({ scope, isSelling = false, isDone }) =>
      isAllowed(holder, [scope]) && (isSeller || !isSelling) && isDone(summary) !== null,
  );
  const done = shown.filter(({ isDone }) => isDone(summary) === true);
  return { steps: shown, done: new Set(done.map(({ key }) => key)) };
}
