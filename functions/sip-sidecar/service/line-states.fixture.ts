import { XMLParser } from 'fast-xml-parser';
import { commit } from '#dynamodb/commit.ts';
import type { Store } from '#dynamodb/client.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { create } from '#dynamodb/write.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import { storePlan } from '#test/support/stored-plan.fixture.ts';
import { emptyPlan } from '../../dialplan/plan/plan-change.ts';
import { sipDomain, type Account, type Running } from './sidecar.fixture.ts';

/** Organizations whose extensions ring, and what keys of phones show. */

/** An organization whose extensions of three digits ring at their phones. */
export async function addOffice(store: Store, organization: number): Promise<void> {
  await commit(store, organization, [create(organizationRow, organizationOf(organization))]);
  await storePlan(store, organization, {
    ...emptyPlan,
    version: 1,
    template: {
      rules: [{ priority: 1, pattern: '^([2-8][0-9]{2})$', action: 'bridge', destination: 'user/$1@office' }],
      variables: {},
    },
  });
}

/** A registered phone that calls. */
export async function registeredSoftphone({ bound: { udp } }: Running, account: Account): Promise<Softphone> {
  const phone = await Softphone.open(udp, { from: '127.0.0.1', account: { ...account, domain: sipDomain } });
  const status = await phone.register();
  if (status !== 200) throw new Error(`the REGISTER is answered ${status}`);
  return phone;
}

type Shown = {
  readonly '@_version': string;
  readonly '@_entity': string;
  readonly dialog: readonly {
    readonly '@_direction'?: string;
    readonly state: string;
    readonly remote?: { readonly identity: string | { readonly '#text': string; readonly '@_display': string } };
  }[];
};

const parser = new XMLParser({ ignoreAttributes: false, isArray: (name) => name === 'dialog' });

/** Who was notified of documents. */
type Notified = { readonly notified: readonly { readonly body: string | Buffer }[] };

/** The documents that a phone was notified of, in order. */
const documentsAt = ({ notified }: Notified): Shown[] =>
  notified.flatMap(({ body }) =>
    body.length === 0 ? [] : [(parser.parse(body.toString()) as { 'dialog-info': Shown })['dialog-info']],
  );

/** The versions of the documents of a line that a phone was notified of. */
export const versionsAt = (phone: Notified): number[] => documentsAt(phone).map((shown) => Number(shown['@_version']));

/** What a key shows of a line, such as `recipient early 201`; undefined: nothing yet. */
export function lampOf(phone: Notified, extension: string): string | undefined {
  const shown = documentsAt(phone).findLast((each) => each['@_entity'].startsWith(`sip:${extension}@`));
  return shown?.dialog
    .map(({ '@_direction': direction = '', state, remote }) => {
      const identity = remote?.identity ?? '';
      const uri = typeof identity === 'string' ? identity : identity['#text'];
      return `${direction} ${state} ${uri.replace(/^sip:|@.*$/g, '')}`.trim();
    })
    .join(', ');
}

/** The Subscription-State of each NOTIFY that a phone got. */
export const subscriptionStatesAt = ({ notified }: Phone): string[] =>
  notified.map(({ headers }) => {
    const [state] = headers.fields({ key: 'subscription-state' });
    return state?.value.replace(/\d+/, 'N') ?? '';
  });
