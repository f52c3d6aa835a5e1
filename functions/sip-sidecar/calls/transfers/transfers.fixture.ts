import { organizationOf } from '#test/support/people.fixture.ts';
import type { Device } from '#schema/device.ts';
import type { Headers } from '#sip/headers.ts';
import type { PeerRefer, Replaces } from '#sip/session/session.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { sipUri } from '#sip/uri.ts';
import { phoneTarget } from '../running/running-call.fixture.ts';
import type { Route, RoutedCall } from '../routing/route.ts';
import type { Directory } from '../directory/directory.ts';
import type { Transfers } from './transfers.ts';
import type { Dialing } from './dialing.ts';
import type { NewParties } from './new-parties.ts';

/** The context of transfers, whose routes and store are of the test. */

/** A host and a number of the organization. */
export const own = { host: 'pbx.example.com', number: '+15550100' };
export const organization = 1_001;

/** A route to the phone of an extension. */
export const routedTo = (extension: string): Extract<Route, { kind: 'routed' }> => ({
  kind: 'routed',
  attempts: [[{ ...phoneTarget(extension), channels: [{ kind: 'device', id: extension, direction: 'inbound' }] }]],
  limit: { seconds: 60, isReserved: true },
  isRecorded: false,
  reservedUntil: null,
  direction: 'internal',
  number: null,
  channels: [],
  limits: {},
  policy: null,
  isEmergency: false,
});

const firstLine = {
  line_number: 1,
  extension: '200',
  label: null,
  type: 'primary',
  sip_username: 'u',
} as const;

/** When the last calls of phones ended. */
const ended: Readonly<Record<string, number>> = { '206': 2_000, '207': 1_000 };

/** What a test does not expect to be called. */
export const unexpected = () => Promise.reject(new Error('not expected'));

/** What is looked up: one number, one host, and no trunk or gateway. */
export const directoryOf = (more: Partial<Directory> = {}): Directory =>
  ({
    organization: async (id) => organizationOf(id),
    ownNumber: async (org_id, number) => (number === own.number ? { number, org_id } : undefined),
    hasDomain: async (_organization, host) => host === own.host,
    mayLineCall: async () => false,
    idleSince: async (_organization, { id }) => ended[id] ?? 0,
    user: async () => undefined,
    trunk: async () => undefined,
    gateway: async () => undefined,
    activeNumbers: async () => [],
    confirmedAddressesOf: async () => [],
    device: async () => ({ lines: [firstLine] }) as Partial<Device> as Device,
    ...more,
  }) as Partial<Directory> as Directory;

type Context = ConstructorParameters<typeof Transfers>[0] &
  ConstructorParameters<typeof Dialing>[0] &
  ConstructorParameters<typeof NewParties>[0];

/** The context, and what it was asked for. @param route default: to the phone of extension 203 */
export function transfersContext({
  route = routedTo('203'),
  ...more
}: Partial<Context> & { readonly route?: Route } = {}) {
  const routed: Omit<RoutedCall, 'organization'>[] = [];
  const released: string[] = [];
  const [numbered, extensions]: [string[], string[]] = [[], []];
  const faults: unknown[] = [];
  const decide = async ({ organization: _, ...call }: RoutedCall): Promise<Route> => {
    routed.push(call);
    return route;
  };
  const context: Context = {
    directory: directoryOf(),
    routing: {
      route: decide,
      routeEnd: (call) => decide({ ...call, called: 'end' }),
      routeInside: async () => route,
      routeNumber: async (_call, { number }) => {
        numbered.push(number);
        return route;
      },
      routeExtension: async (_organization, called) => {
        extensions.push(called);
        return route;
      },
      ringGroup: async () => undefined,
    },
    decider: { release: async (_organization, reservation) => void released.push(reservation) },
    applications: { resume: unexpected },
    rightOf: async () => undefined,
    sessions: { replaced: () => ({ status: 481 }), accept: () => undefined },
    domain: 'sip.example.com',
    settings: { advertised: { host: '192.0.2.9', port: 5_060 } },
    context: {
      clock: () => new Date('2026-11-22T10:00:10.000Z'),
      tryCommit: async () => [],
      recorderOf: (organization) => recorder({ organization, origin: systemOrigin, now: new Date(), nextId: String }),
    },
    fault: (error) => void faults.push(error),
    ...more,
  };
  return { context, routed, numbered, extensions, released, faults };
}

/** A REFER to a URI, and how it was answered: `202`, `reports 180`, `403`, `603 after 60`. */
export function referTo(user: string, { host = own.host, replaces }: { host?: string; replaces?: Replaces } = {}) {
  const answers: string[] = [];
  const refer: PeerRefer = {
    to: sipUri({ user, host }),
    ...(replaces === undefined ? {} : { replaces }),
    accept: () => {
      answers.push('202');
      return (status) => void answers.push(`reports ${status}`);
    },
    reject: (status, headers?: Headers) => {
      const [wait] = headers?.fields({ key: 'retry-after' }) ?? [];
      answers.push(wait === undefined ? String(status) : `${status} after ${wait.value}`);
    },
  };
  return { refer, answers };
}
