import { expect } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import type { Store } from '#dynamodb/client.ts';
import type { NumberItem } from '#dynamodb/rows/number.ts';
import { contextOf } from '#runtime/background-context.ts';
import { Headers } from '#sip/headers.ts';
import { parseMessage, type SipRequest } from '#sip/message.ts';
import { identityFault } from '#stir/passport.ts';
import type { BlockableCaller } from '#telephony/call-handling.ts';
import { sipSidecar } from '../../contract.ts';
import type { Transaction } from '../../stack/request-handler.ts';
import type { Flow } from '../../transport/flow.ts';
import { Directory } from '../directory/directory.ts';
import { CallerVerification } from '../identity/caller-verification.ts';
import { rejection, type Route } from '../routing/route.ts';
import type { AdmittedCall } from '../running/calls.ts';
import { CallAdmission } from './admission.ts';

/** The admission of one INVITE, whose organizations, trunks and numbers are in the store of the test. */

/** Where the platform is: the host of a Contact of its registrations. */
export const advertised = { host: '192.0.2.9', port: 5_060 };

/** A caller that every organization blocks. */
export const blockedCaller = '+13125550666';

type From = { readonly port?: number; readonly transport?: Flow['transport'] };

export const flowFrom = (address: string, { port = 5_060, transport = 'udp' }: From = {}): Flow => ({
  transport,
  remote: { address, port },
  local: { address: advertised.host, port: 5_060 },
});

/** @param lines further headers; To and From take the place of others */
export function inviteTo(called: string, lines: readonly string[] = [], host = 'sip.example.com'): SipRequest {
  const given = (name: string): boolean => lines.some((line) => line.startsWith(`${name}:`));
  const read = parseMessage(
    Buffer.from(
      [
        `INVITE sip:${called}@${host} SIP/2.0`,
        'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
        ...(given('From') ? [] : ['From: <sip:a@b>;tag=1']),
        ...(given('To') ? [] : [`To: <sip:${called}@sip.example.com>`]),
        'Call-ID: 1',
        'CSeq: 1 INVITE',
        'Max-Forwards: 70',
        ...lines,
        '',
        '',
      ].join('\r\n'),
    ),
  );
  return read as SipRequest;
}

/** What became of an INVITE. */
type Outcome = {
  readonly admitted?: AdmittedCall;
  /** Of the response that rejects it. */
  readonly status?: number;
  readonly warning?: string;
  readonly reason?: string;
  readonly lines: readonly string[];
  /** The number of the organization that is called; else what the dial plan decides about. */
  readonly routed: () => Promise<string>;
  /** Certificates that were asked for. */
  readonly fetched: readonly string[];
  /** The user part whose number portability goes on, after `routed`. */
  readonly written?: () => string | undefined;
};

/** @param authenticated the account that its credentials prove. Default: it is asked for some */
export async function admissionOf(
  store: Store,
  request: SipRequest,
  flow: Flow,
  authenticated?: Awaited<ReturnType<ConstructorParameters<typeof CallAdmission>[0]['authenticate']>>,
): Promise<Outcome> {
  const lines: string[] = [];
  const fetched: string[] = [];
  const context = contextOf(sipSidecar, testDependencies(store));
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const sender = () => expect.fail('no call begins');
  const senders = { request: sender, acknowledge: sender };
  let routed = '';
  let written: string | undefined;
  const routing = {
    route: async (call: { readonly called: string; readonly written?: string }) => {
      routed = call.called;
      written = call.written;
      return rejection('NO_ROUTE');
    },
    routeNumber: async (_call: unknown, { number }: NumberItem) => {
      routed = number;
      return rejection('NO_ROUTE');
    },
    routeBlocked: async (_organization: unknown, { names }: BlockableCaller) =>
      names.includes(blockedCaller) ? rejection('CALL_DENIED') : undefined,
    payInbound: async (_call: unknown, _own: unknown, route: Route) => route,
  };
  const admission = new CallAdmission(
    {
      context: {
        ...context,
        log: { ...context.log, note: (message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`) },
      },
      membership: { id: 'task_1', isAlive: true },
      settings: { advertised },
      domain: 'sip.example.com',
      lookups: () => ({ directory: new Directory({ ...context, knownBindings: () => undefined }), routing }),
      featureRoute: () => undefined,
      authenticate: async () => authenticated ?? { kind: 'challenged', headers: Headers.none },
      mayRegister: async () => authenticated?.kind === 'authenticated',
      mayChallenge: () => true,
      locate: async () => (authenticated?.kind === 'authenticated' ? 'here' : 'nowhere'),
      hasPhone: () => false,
      verification: new CallerVerification({
        forTrunk: () => async (x5u) => {
          fetched.push(x5u);
          return identityFault(436, 'there are no certificates');
        },
        ...{ now: Date.now, fault: reject },
      }),
      senders: { toPhone: () => senders, toPeer: () => senders },
      fault: reject,
    },
    {
      begin: async (admitted) =>
        resolve({
          admitted,
          lines,
          fetched,
          routed: async () => {
            await admitted.route('call_1');
            return routed;
          },
          written: () => written,
        }),
    },
  );
  const transaction: Pick<Transaction, 'flow' | 'state' | 'beStateful' | 'respondOnce'> = {
    flow: { reliable: false, flow },
    state: 'proceeding',
    beStateful: () => undefined,
    respondOnce: ([response]) =>
      resolve({
        status: response?.status ?? 0,
        warning: response?.headers?.fields({ key: 'warning' })[0]?.value ?? '',
        reason: response?.headers?.fields({ key: 'reason' })[0]?.value ?? '',
        lines,
        fetched,
        routed: async () => '',
      }),
  };
  admission.handle(request, transaction as Transaction);
  return promise;
}
